#pragma once

#include "daemon/config/load.hpp"

#include <filesystem>
#include <fstream>
#include <stdlib.h> // mkdtemp
#include <string>
#include <vector>

namespace daskd::config::test {

/// A directory of the test's own, removed with it.
class temporary_directory {
public:
    temporary_directory() {
        auto pattern = (std::filesystem::temp_directory_path() / "daskd-config-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~temporary_directory() { std::filesystem::remove_all(path_); }
    temporary_directory(temporary_directory const&) = delete;
    temporary_directory& operator=(temporary_directory const&) = delete;

    [[nodiscard]] std::filesystem::path const& path() const { return path_; }

    /// Writes a file, and the directories above it.
    std::filesystem::path write(std::string const& name, std::string const& text) const {
        auto const file = path_ / name;
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << text;
        return file;
    }

private:
    std::filesystem::path path_;
};

/// What `load` makes of one file, "c.yaml" in diagnostics, with further sources.
inline loaded load_text(std::string const& yaml, sources further = {}) {
    temporary_directory const directory;
    auto const file = directory.write("c.yaml", yaml);
    further.files.push_back(file);
    auto out = load(further);
    for (auto& d : out.diagnostics)
        if (d.file == file.string()) d.file = "c.yaml";
    return out;
}

inline std::vector<std::string> messages(std::vector<diagnostic> const& diagnostics) {
    std::vector<std::string> texts;
    for (auto const& d : diagnostics)
        texts.push_back(to_string(d));
    return texts;
}

} // namespace daskd::config::test
