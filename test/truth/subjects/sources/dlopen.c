#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
  void *library = dlopen(argc > 1 ? argv[1] : "libz.so.1", RTLD_NOW);
  printf("truth: dlopen %s\n", library ? "opened" : dlerror());
  return library ? 0 : 9;
}
