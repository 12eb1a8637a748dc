# completion_proposals.zsh SCRIPT...: for each line of the standard input what zsh proposes behind it, one a line, and
# then a line "FINISHED". A zsh of its own, on a pseudo-terminal, completes; its compadd is one that tells what it is
# given.
zmodload zsh/zpty || exit 77
zpty -b shell zsh -f -i
sources=
for script; do sources+="source ${(q)script}"$'\n'; done
setup='
PROMPT= PS2=
stty -echo
unsetopt auto_list auto_menu beep
autoload -Uz compinit
compinit -C -d '${(q)HOME}'/dump
'$sources'
zstyle ":completion:*" completer _complete
compadd() {
  local -a told arguments prefix suffix
  # With -A, -O or -D a function of zsh only asks.
  if [[ -z ${(M)@[1,(i)(-|--)]:#-[AOD]*} ]]; then
    builtin compadd -A told "$@"
    zparseopts -E -a arguments P:=prefix S:=suffix qS:=suffix
    print -rl -- "PROPOSED $IPREFIX${prefix[2]}"${^told}${suffix[2]}
  fi
  builtin compadd "$@"
}
propose() {
  zle complete-word
  print -r -- FINI""SHED
  BUFFER=
}
zle -N propose
bindkey "^I" propose
print -r -- RE""ADY
'
file=$(mktemp)
print -r -- $setup >$file
zpty -w shell "source $file"
zpty -r shell output '*READY*'
rm -f $file
while IFS= read -r line; do
  zpty -w -n shell "$line"$'\t'
  zpty -r shell output '*FINISHED*'
  for proposal in ${(f)output}; do
    proposal=${proposal%$'\r'}
    [[ $proposal == *'PROPOSED '* ]] && print -r -- ${proposal##*PROPOSED }
  done
  print FINISHED
done
zpty -d shell
