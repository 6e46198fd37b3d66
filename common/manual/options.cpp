#include "common/manual/options.hpp"

namespace daskd::manual {
namespace {

/// "POOL", without what is checked: "SHELL:{bash,fish}".
std::string value_of(CLI::Option const& option) {
    if (option.get_items_expected_max() == 0) return "";
    auto const name = option.get_type_name();
    return name.substr(0, name.find(':'));
}

bool is_list(CLI::Option const& option) {
    return option.get_items_expected_max() > 1;
}

/// "-f, --follow", "--workers N", "POOL"
std::string term_of(CLI::Option const& option) {
    if (option.get_positional()) return italic(value_of(option)) + (is_list(option) ? " ..." : "");
    std::string term;
    auto const add = [&](std::string const& name) { term += (term.empty() ? "" : ", ") + bold(name); };
    for (auto const& name : option.get_snames())
        add("-" + name);
    for (auto const& name : option.get_lnames())
        add("--" + name);
    auto const value = value_of(option);
    return value.empty() ? term : term + " " + italic(value);
}

} // namespace

std::string usage_of(CLI::App const& node, std::string const& name) {
    auto usage = bold(name);
    bool has_options = false;
    for (auto const* option : node.get_options())
        has_options = has_options || (option->nonpositional() && !option->check_lname("help"));
    if (has_options) usage += " [" + italic("OPTION") + " ...]";
    for (auto const* option : node.get_options()) {
        if (option->nonpositional()) continue;
        auto const term = term_of(*option);
        usage += option->get_required() ? " " + term : " [" + term + "]";
    }
    return usage;
}

void add_options(page& to, CLI::App const& node) {
    for (bool const positional : {true, false})
        for (auto const* option : node.get_options())
            if (option->get_positional() == positional && !option->check_lname("help"))
                to.entry(term_of(*option), option->get_description());
}

} // namespace daskd::manual
