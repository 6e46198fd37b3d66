#include "common/manual/page.hpp"
#include "daemon/config/schema.hpp"
#include "daemon/manual/pages.hpp"

#include <array>

namespace daskd::manual {
namespace {

/// "daskd.pools.local.backoff": the keys of one map, then those of the maps in it.
void add_keys(page& to, config::key_doc const& map, std::string const& path, std::string const& shown) {
    to.subsection(bold(shown));
    if (!map.text.empty()) to.paragraph(map.text + ".");
    for (auto const& key : map.fields)
        if (key.fields.empty())
            to.entry(bold(key.name + ":") + " " + plain(key.default_text), config::text_of(key));
    for (auto const& key : map.fields) {
        if (key.fields.empty()) continue;
        bool const is_pool = path == "daskd.pools";
        auto const further = path + "." + key.name;
        add_keys(to, key, further, is_pool ? "daskd.pools.NAME" : shown + "." + key.name);
    }
}

void add_search_path(page& to) {
    to.section("FILES");
    to.paragraph("These are read in turn, and the later wins, key by key. They are those that Dask itself "
                 "reads; Dask's own "
                 "settings may stand beside `daskd:` and reach scheduler and workers.");
    constexpr std::array<std::pair<char const*, char const*>, 5> places{{
        {"/etc/dask", "Or `$DASK_ROOT_CONFIG`."},
        {"etc/dask", "In `$CONDA_PREFIX`, then in `$VIRTUAL_ENV`."},
        {"~/.config/dask", "Of a directory all .yaml, .yml and .json files, by name."},
        {"$DASK_CONFIG", "A file or a directory."},
        {"DASK_DASKD__POOLS__LOCAL__WORKERS=4", "Environment variables, spelled as Dask's."},
    }};
    for (auto const& [place, text] : places)
        to.entry(plain(place), text);
    to.paragraph("Then `daskctl up --config` FILE, and the flags of `up`.");
}

} // namespace

std::string configuration_page(std::string const& date) {
    page p("daskd.yaml", 5, date, "configuration of daskd");
    p.section("SYNOPSIS");
    p.code("daskd:\n  pools:\n    local:\n      workers: 4\n      memory: 4GiB");
    p.section("DESCRIPTION");
    p.paragraph("No file is needed. Every key may be left out; here each stands with its default. Hyphen and "
                "underscore are "
                "equal in keys. Durations are written 100ms, 10s, 5min or as a number of seconds, sizes "
                "500MB or 4GiB.");
    p.paragraph("`daskctl config example` prints all of this as a file, `daskctl config check` says what is "
                "wrong with "
                "yours, `daskctl config show` what holds, and `daskctl reload` applies changes. `daskctl "
                "config schema` "
                "prints a JSON Schema for editors.");
    p.section("KEYS");
    auto const all = config::documentation();
    add_keys(p, all, all.name, all.name);
    add_search_path(p);
    p.section("SEE ALSO");
    p.paragraph("daskctl(1), daskd(8)");
    return p.text();
}

} // namespace daskd::manual
