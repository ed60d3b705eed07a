export interface ClusterBlueprint {
  /** `host:port` of a registry that speaks plain HTTP. */
  readonly registry: string;
  /** What the nodes know it by, where they know it otherwise. */
  readonly pull?: string;
  /** Of the registry: more of it, as TOML. */
  readonly credentials?: string;
  /** More of it, before the stage: nodes, other stages. */
  readonly before?: string;
  /** Of the stage, a line each. */
  readonly settings: readonly string[];
}

/** A blueprint whose last stage, `production`, is the cluster that is tested on. Nothing of it counts as production. */
export const clusterBlueprint = ({
  registry,
  pull = registry,
  credentials = '',
  before = '',
  settings,
}: ClusterBlueprint) => `[registry]
push = "${registry}"
pull = "${pull}"
plain_http = true
${credentials}
${before}
[[stages]]
name = "production"
engine = "kubernetes"
production = false
[stages.settings]
${settings.join('\n')}
`;
