/* from_other is called only when an argument is given: a missing one shows then, or at start. */
#include <stdio.h>

int from_other(void);

int main(int argc, char **argv) {
  (void)argv;
  puts("truth: lazy");
  fflush(stdout);
  return argc > 1 ? from_other() : 0;
}
