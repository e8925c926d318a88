// A C++ program with libcurl: reads a file through it, so that no network is needed.
#include <curl/curl.h>
#include <iostream>
#include <string>

static size_t keep(char *bytes, size_t size, size_t count, void *into) {
  static_cast<std::string *>(into)->append(bytes, size * count);
  return size * count;
}

int main() {
  curl_global_init(CURL_GLOBAL_ALL);
  CURL *handle = curl_easy_init();
  std::string text;
  curl_easy_setopt(handle, CURLOPT_URL, "file:///etc/os-release");
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &text);
  const CURLcode code = curl_easy_perform(handle);
  std::cout << curl_version() << "\n" << code << " " << (text.find("Debian") != std::string::npos) << "\n";
  return code == CURLE_OK ? 0 : 1;
}
