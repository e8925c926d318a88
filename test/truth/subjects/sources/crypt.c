#include <crypt.h>
#include <stdio.h>

int main(void) {
  const char *hash = crypt("truth", "$6$salt");
  printf("truth: crypt %.3s\n", hash ? hash : "none");
  return 0;
}
