/* glibc opens libgcc_s.so.1 only when the thread is cancelled: a failure long after the start. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *wait_for_end(void *argument) {
  for (;;) pause();
  return argument;
}

int main(void) {
  pthread_t thread;
  void *result = NULL;
  puts("truth: before cancel");
  fflush(stdout);
  if (pthread_create(&thread, NULL, wait_for_end, NULL) != 0) return 1;
  pthread_cancel(thread);
  pthread_join(thread, &result);
  puts(result == PTHREAD_CANCELED ? "truth: cancelled" : "truth: not cancelled");
  return 0;
}
