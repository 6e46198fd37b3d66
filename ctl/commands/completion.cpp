#include "ctl/commands/verbs.hpp"

#include <CLI/Validators.hpp>

#include <map>

namespace daskd::ctl {
namespace {

/// All three ask `daskctl __complete`, so that they cannot differ from what daskctl understands.
std::map<std::string, char const*> const scripts{
    // bash breaks words at '=', ':' and '@' too, and replaces only what is behind the last of them.
    {"bash", R"bash(_daskctl() {
    local line=${COMP_LINE:0:COMP_POINT} IFS=$' \t\n' words=() word head
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    word=${words[-1]}
    mapfile -t COMPREPLY < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
    if [[ ${COMPREPLY[0]-} == :files ]]; then
        COMPREPLY=()
        compopt -o default
        return
    fi
    [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
    head=${word%"${word##*[=:@]}"}
    COMPREPLY=("${COMPREPLY[@]#"$head"}")
}
complete -F _daskctl daskctl
)bash"},
    {"zsh", R"zsh(#compdef daskctl
_daskctl() {
    local -a found
    found=("${(@f)$(${words[1]} __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ $found[1] == :files ]]; then
        _files
    elif [[ $found[1] == *= ]]; then
        compadd -S '' -- $found
    else
        compadd -- $found
    fi
}
if [[ $funcstack[1] == _daskctl ]]; then
    _daskctl "$@"
else
    compdef _daskctl daskctl
fi
)zsh"},
    {"fish", R"fish(function __daskctl_complete
    set -l words (commandline -opc)
    set -l found ($words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)
    if test "$found" = ":files"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end
complete -c daskctl -f -a '(__daskctl_complete)'
)fish"}};

class completion_verb : public verb {
public:
    void declare(CLI::App& app) override {
        app.add_option("shell", shell_, "bash, zsh or fish")
            ->required()
            ->check(CLI::IsMember({"bash", "zsh", "fish"}))
            ->type_name("SHELL");
    }

    result<exit_code> run(context& /*ctx*/) override {
        print(scripts.at(shell_));
        return exit_code::done;
    }

private:
    std::string shell_;
};

} // namespace

std::unique_ptr<verb> make_completion() {
    return std::make_unique<completion_verb>();
}

} // namespace daskd::ctl
