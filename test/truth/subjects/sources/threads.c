#include <pthread.h>
#include <stdio.h>

static void *count(void *argument) {
  int *value = argument;
  *value += 1;
  return argument;
}

int main(void) {
  int value = 41;
  pthread_t thread;
  if (pthread_create(&thread, NULL, count, &value) != 0) return 1;
  if (pthread_join(thread, NULL) != 0) return 1;
  printf("truth: threads %d\n", value);
  return 0;
}
