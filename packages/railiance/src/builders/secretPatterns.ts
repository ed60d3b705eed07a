/** What is secret, or a repository that may hold what was: left out of every source unless it is named. In the form of .gitignore. */
export const secretPatterns = [
  ...['.git', '.hg', '.svn'],
  ...['.env', '.env.*', '.npmrc', '.netrc', '.ssh', '.sops.yaml', '*.sops.*', '*.agekey'],
] as const;
