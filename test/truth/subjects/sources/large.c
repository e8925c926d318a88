/* posix_fallocate64: a name of the large-file set that is too long for musl 1.2.4's own buffer. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  char name[] = "/tmp/truth-XXXXXX";
  int file = mkstemp64(name);
  int code = posix_fallocate64(file, 0, 4096);
  printf("truth: large %d\n", code);
  return 0;
}
