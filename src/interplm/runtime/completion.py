"""Completion of the command `interplm` in bash and zsh; what may come next is asked of Hydra.

Hydra's own script completes commands that are one program; ours takes the job out of the line.
"""

from collections.abc import Iterable

_SCRIPT = """\
# Of bash and zsh: eval "$(interplm --completion)"
if [ -n "${ZSH_VERSION-}" ]; then
    autoload -U +X compinit bashcompinit && compinit -u && bashcompinit
fi
_interplm() {
    local line="${COMP_LINE:0:$COMP_POINT}" job="${COMP_WORDS[1]}" choices
    local word="${line##* }"
    if [ "$COMP_CWORD" -eq 1 ]; then
        choices="JOBS --help --version"
    else
        # Between the command and its settings stands the job, of which Hydra knows nothing.
        line="interplm ${line#*"$job"}"
        choices="$(COMP_LINE="$line" interplm "$job" --shell-completion query=bash 2>/dev/null)"
    fi
    COMPREPLY=($(compgen -W "$choices" -- "$word"))
    # Where = ends a word, only what stands behind it is completed.
    case "${COMP_WORDBREAKS-}" in
        *=*) [[ "$word" == *=* ]] && COMPREPLY=("${COMPREPLY[@]#"${word%=*}="}") ;;
    esac
    return 0
}
complete -o nospace -o default -F _interplm interplm
"""


def completion_script(jobs: Iterable[str]) -> str:
    """What a shell evaluates to complete `interplm <job> key=value …`.

    Args:
        jobs: that may stand behind the command.
    """
    return _SCRIPT.replace("JOBS", " ".join(jobs))
