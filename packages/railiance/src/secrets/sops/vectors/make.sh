#!/usr/bin/env bash
# Makes the vectors anew with a real sops: `make.sh <path to sops>`. Each plain file is encrypted under the creation rule
# beside it. The keys are those of ../testKeys.ts and protect nothing.
set -euo pipefail
cd "$(dirname "$0")"
sops="${1:-sops}"
one=age1plx58srkwpsep9g79hrs2djet9vy0022qgjxwcy9kcgajpe9j4wqxlpvq4
two=age1kvcr699hhwrkxqvrrstacayq5p8j4f9mup2m6mltthuk9rlz6g8sp485k7
config="$(mktemp)"
trap 'rm "$config"' EXIT

# encrypt <plain file> <vector> [line of the rule …]
encrypt() {
  local plain="$1" vector="$2"
  shift 2
  { printf 'creation_rules:\n  - age: "%s"\n' "${recipients:-$one}"; [ $# = 0 ] || printf '    %s\n' "$@"; } >"$config"
  SOPS_DISABLE_VERSION_CHECK=1 "$sops" --config "$config" encrypt "plain/$plain" >"$vector"
}

encrypt types.yaml types.yaml
encrypt comments.yaml comments.yaml
encrypt documents.yaml documents.yaml
encrypt rules.yaml regex.yaml 'encrypted_regex: "(?i)^pass"'
encrypt rules.yaml suffix.yaml 'encrypted_suffix: _secret'
encrypt rules.yaml mac-only.yaml 'encrypted_suffix: _secret' 'mac_only_encrypted: true'
encrypt marked.yaml comment-regex.yaml 'encrypted_comment_regex: sops:enc'
encrypt marked.yaml unencrypted-comment-regex.yaml 'unencrypted_comment_regex: sops:plain'
recipients="$one,$two" encrypt env.yaml two-recipients.yaml
encrypt types.json types.json
encrypt app.env app.env
