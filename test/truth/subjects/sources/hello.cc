#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

static int fail(const std::string &text) { throw std::runtime_error(text); }

int main() {
  std::string caught;
  std::thread worker([&caught] {
    try {
      fail("thrown");
    } catch (const std::exception &error) {
      caught = error.what();
    }
  });
  worker.join();
  std::cout << "truth: C++ " << caught << std::endl;
  return 0;
}
