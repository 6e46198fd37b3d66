#include "daemon/state/store.hpp"

#include "daemon/state/durable_file.hpp"

#include <system_error>

namespace daskd::state {
namespace {

namespace fs = std::filesystem;

result<intent> parse(std::string const& text) {
    auto const value = parse_json(text);
    if (!value) return value.error();
    return intent_from_json(*value);
}

/// A file that we cannot use, but must not put away either.
bool must_stay(error const& e) {
    return e.code == errc::bad_configuration;
}

error in_file(fs::path const& file, error e) {
    e.what = file.string() + ": " + e.what;
    return e;
}

} // namespace

result<intent> store::load() {
    notice_.clear();
    auto const text = read_whole(file_);
    if (!text) return text.error();
    if (*text) {
        auto saved = parse(**text);
        if (saved) return saved;
        if (must_stay(saved.error())) return in_file(file_, saved.error());
        set_aside(saved.error().what);
    }
    // Missing: never saved, or a crash just between the two renames of save().
    auto const former_text = read_whole(beside(".bak"));
    if (!former_text) return former_text.error();
    if (!*former_text) return intent{};
    auto former = parse(**former_text);
    if (former) return former;
    if (must_stay(former.error())) return in_file(beside(".bak"), former.error());
    notice_ += (notice_.empty() ? "" : "; ") + beside(".bak").string() +
               " cannot be read either: " + former.error().what;
    return intent{};
}

void store::set_aside(std::string const& why) {
    std::error_code ec;
    int number = 1;
    while (fs::exists(beside(".bad-" + std::to_string(number)), ec))
        ++number;
    auto const bad = beside(".bad-" + std::to_string(number));
    fs::rename(file_, bad, ec);
    notice_ = file_.string() + " could not be read (" + why + "): kept as " + bad.filename().string() +
              ", using the one before";
}

result<void> store::save(intent const& i) {
    auto const fresh = beside(".tmp");
    if (auto written = write_durably(fresh, to_json(i).dump(2) + "\n"); !written) return written;
    std::error_code ec;
    fs::rename(file_, beside(".bak"), ec); // there may be none yet
    fs::rename(fresh, file_, ec);
    if (ec) return error{errc::failed, "cannot replace " + file_.string() + ": " + ec.message(), ""};
    sync_directory(file_.parent_path());
    return {};
}

} // namespace daskd::state
