/*
 * Starts one program and says on file descriptor 3 how far the kernel and its loader came.
 *
 *   execve ENOENT     the kernel refused, with the errno's name or number; nothing ran
 *   exec              the kernel took it: the interpreter, or a static program, is running
 *   entry             the program's own entry point was reached: the loader is done
 *   exit N            it ended by itself with this code (or "signal N")
 *
 * "entry" is seen with a breakpoint at AT_ENTRY, the address the kernel gives to the loader: dynamic
 * loaders jump there when every library, version and eager symbol is in place. From there on the
 * program runs untraced. execve is called plainly: execvp would hand an ENOEXEC file to /bin/sh.
 * Built static, so that it runs in any root. x86-64 only; 32-bit children are looked at too.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORT 3

static void report_exit(int status) {
  if (WIFSIGNALED(status)) dprintf(REPORT, "signal %d\n", WTERMSIG(status));
  else dprintf(REPORT, "exit %d\n", WEXITSTATUS(status));
}

/* AT_ENTRY from /proc/PID/auxv; words are 4 bytes wide for a 32-bit program. 0 when unreadable. */
static unsigned long entry_of(pid_t pid) {
  char path[64];
  unsigned char ident[EI_NIDENT] = {0};
  unsigned char words[4096];
  snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
  int file = open(path, O_RDONLY);
  if (file < 0 || read(file, ident, sizeof ident) != sizeof ident) return 0;
  close(file);
  snprintf(path, sizeof path, "/proc/%d/auxv", (int)pid);
  file = open(path, O_RDONLY);
  if (file < 0) return 0;
  ssize_t size = read(file, words, sizeof words);
  close(file);
  size_t width = ident[EI_CLASS] == ELFCLASS32 ? 4 : 8;
  for (ssize_t at = 0; at + (ssize_t)(2 * width) <= size; at += 2 * width) {
    unsigned long key = 0, value = 0;
    memcpy(&key, words + at, width);
    memcpy(&value, words + at + width, width);
    if (key == AT_ENTRY) return value;
  }
  return 0;
}

/* Runs the traced child on until it stops with SIGTRAP or ends; other signals are handed to it. */
static int run_to_trap(pid_t pid, int *status) {
  int deliver = 0;
  for (;;) {
    if (ptrace(PTRACE_CONT, pid, 0, deliver) < 0) return 0;
    if (waitpid(pid, status, 0) < 0) return 0;
    if (!WIFSTOPPED(*status)) return 0;
    if ((*status & 0xff00) >> 8 == SIGTRAP) return 1;
    deliver = WSTOPSIG(*status);
  }
}

int main(int argc, char **argv, char **envp) {
  int status, failed[2];
  if (argc < 2 || pipe2(failed, O_CLOEXEC) < 0) return 125;
  pid_t pid = fork();
  if (pid < 0) return 125;
  if (pid == 0) {
    fcntl(REPORT, F_SETFD, FD_CLOEXEC);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    execve(argv[1], argv + 1, envp);
    int code = errno;
    if (write(failed[1], &code, sizeof code) < 0) _exit(125);
    _exit(126);
  }
  close(failed[1]);
  if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status)) return 125;
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL);
  int trapped = run_to_trap(pid, &status);
  int code = 0;
  if (!trapped) {
    if (read(failed[0], &code, sizeof code) == sizeof code)
      dprintf(REPORT, "execve %s\n", strerrorname_np(code) ? strerrorname_np(code) : "unknown");
    else report_exit(status); /* killed by the kernel while it replaced the image */
    return 126;
  }
  dprintf(REPORT, "exec\n");
  unsigned long entry = entry_of(pid);
  if (entry == 0) return 125;
  errno = 0;
  long word = ptrace(PTRACE_PEEKTEXT, pid, entry, 0);
  if (errno != 0) return 125;
  ptrace(PTRACE_POKETEXT, pid, entry, (word & ~0xffL) | 0xcc);
  while (run_to_trap(pid, &status)) {
    struct user_regs_struct registers;
    ptrace(PTRACE_GETREGS, pid, 0, &registers);
    if (registers.rip != entry + 1) continue; /* another exec or a trap of the loader's own */
    ptrace(PTRACE_POKETEXT, pid, entry, word);
    registers.rip = entry;
    ptrace(PTRACE_SETREGS, pid, 0, &registers);
    dprintf(REPORT, "entry\n");
    ptrace(PTRACE_DETACH, pid, 0, 0);
    if (waitpid(pid, &status, 0) < 0) return 125;
    break;
  }
  report_exit(status);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
