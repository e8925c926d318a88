#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  char text[32];
  snprintf(text, sizeof text, "%s", argv[0]);
  memset(text + argc, 'x', (size_t)argc);
  printf("truth: fortify %d\n", argc);
  return 0;
}
