/* A static glibc opens its NSS modules as it does when dynamic. */
#include <pwd.h>
#include <stdio.h>

int main(void) {
  struct passwd *row = getpwuid(0);
  printf("truth: user %s\n", row ? row->pw_name : "unknown");
  return 0;
}
