#include "daemon/state/store.hpp"

#include "daemon/state/durable_file.hpp"

#include <boost/crc.hpp>

#include <cstdint>
#include <system_error>

namespace daskd::state {
namespace {

namespace fs = std::filesystem;

/// A disk may give back other bytes than it got, and what comes of it may still be JSON.
std::uint32_t checksum(json const& value) {
    auto const text = to_line(value);
    boost::crc_32_type crc;
    crc.process_bytes(text.data(), text.size());
    return crc.checksum();
}

std::string as_text(intent const& i) {
    auto value = to_json(i);
    value["checksum"] = checksum(value);
    return value.dump(2) + "\n";
}

/// One without a checksum is an older daskd's, or was written by hand.
result<intent> parse(std::string const& text) {
    auto value = parse_json(text);
    if (!value) return value.error();
    auto saved = intent_from_json(*value);
    auto const sum = value->is_object() ? value->find("checksum") : value->end();
    if (!saved || sum == value->end()) return saved;
    auto const told = *sum;
    value->erase(sum);
    if (told != checksum(*value)) return error{errc::failed, "its checksum is wrong", ""};
    return saved;
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
    is_lost_ = false;
    auto saved = load_file();
    if (!saved) return saved;
    auto const copy = load_copy();
    if (!copy || copy->revision <= saved->revision) return saved;
    is_lost_ = false;
    if (!notice_.empty()) notice_ += "; nothing is lost, " + copy_.string() + " has it all";
    return *copy;
}

result<intent> store::load_file() {
    auto const text = read_whole(file_);
    if (!text) return text.error();
    if (*text) {
        auto saved = parse(**text);
        if (saved) return saved;
        if (must_stay(saved.error())) return in_file(file_, saved.error());
        set_aside(saved.error().what);
        is_lost_ = true;
    }
    // Missing: never saved, or a crash just between the two renames of save().
    auto const former_text = read_whole(beside(".bak"));
    if (!former_text) return former_text.error();
    if (!*former_text) return intent{};
    auto former = parse(**former_text);
    is_lost_ = !former;
    if (former) return former;
    if (must_stay(former.error())) return in_file(beside(".bak"), former.error());
    notice_ += (notice_.empty() ? "" : "; ") + beside(".bak").string() +
               " cannot be read either: " + former.error().what;
    return intent{};
}

/// Only of this boot: what an earlier one has left in a directory that is kept may be older than it says.
std::optional<intent> store::load_copy() const {
    if (copy_.empty()) return std::nullopt;
    auto const text = read_whole(copy_);
    if (!text || !*text) return std::nullopt;
    auto const saved = parse(**text);
    if (!saved || saved->owner.boot_id != this_host().boot_id) return std::nullopt;
    return *saved;
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
    auto copied = copy_.empty() ? result<void>{} : replace_file(copy_, as_text(i));
    if (auto ours = check_owner(i); !ours) return ours;
    auto const fresh = beside(".tmp");
    if (auto written = write_durably(fresh, as_text(i)); !written) return written;
    std::error_code ec;
    fs::rename(file_, beside(".bak"), ec); // there may be none yet
    fs::rename(fresh, file_, ec);
    if (ec) return disk_error("replace", file_, ec.value());
    sync_directory(file_.parent_path());
    return copied;
}

result<void> store::try_out(intent const& i) const {
    if (auto ours = check_owner(i); !ours) return ours;
    auto const trial = beside(".trial");
    auto written = replace_file(trial, as_text(i));
    std::error_code ignored;
    fs::remove(trial, ignored);
    return written;
}

bool store::is_there() const {
    std::error_code ignored;
    return fs::exists(file_, ignored);
}

result<void> store::check_owner(intent const& i) const {
    auto const text = read_whole(file_);
    if (!text || !*text) return {};
    auto const saved = parse(**text);
    if (!saved || !saved->up || !is_elsewhere(saved->owner, i.owner)) return {};
    return error{errc::busy,
                 "the cluster was taken over by " + saved->owner.hostname + ", which shares the directory " +
                     file_.parent_path().string(),
                 "use it from there: ssh " + saved->owner.hostname + " daskctl status"};
}

} // namespace daskd::state
