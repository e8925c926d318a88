#include <math.h>
#include <stdio.h>

int main(int argc, char **argv) {
  (void)argv;
  printf("truth: math %.3f\n", pow((double)argc + 1.0, 0.5) + exp((double)argc));
  return 0;
}
