#include <cstdio>

struct Greeter {
  virtual ~Greeter() = default;
  virtual const char *text() const { return "plain"; }
};

int main() {
  const Greeter greeter;
  std::printf("truth: C++ %s\n", greeter.text());
  return 0;
}
