/* strlcpy is in glibc since 2.38 and in every musl; linked against what the compiler's libc has. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <fcntl.h>

int main(void) {
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int flags = fcntl(null, F_GETFD);
  printf("truth: fcntl %d %d\n", flags, null >= 0);
  return 0;
}
