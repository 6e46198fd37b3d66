#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace daskd::tls::test {

namespace fs = std::filesystem;

/// The present: OpenSSL's own checks of a certificate's times are part of what is tested.
inline std::chrono::sys_seconds today() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

class scratch {
public:
    scratch() {
        std::string pattern = fs::temp_directory_path() / "daskd-tls-XXXXXX";
        path_ = ::mkdtemp(pattern.data());
    }
    ~scratch() { fs::remove_all(path_); }
    scratch(scratch const&) = delete;
    scratch& operator=(scratch const&) = delete;

    [[nodiscard]] fs::path operator/(std::string const& name) const { return path_ / name; }

private:
    fs::path path_;
};

inline std::string read(fs::path const& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

inline fs::path write(fs::path const& path, std::string const& text) {
    std::ofstream(path) << text;
    return path;
}

} // namespace daskd::tls::test
