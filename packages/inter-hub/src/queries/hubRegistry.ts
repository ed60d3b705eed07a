import type { Db } from '../database/db.ts';

export interface HubRegistryRow {
  readonly slug: string;
  readonly name: string;
  readonly kind: string;
  readonly owner: string | null;
  readonly stewards: readonly string[];
  readonly route_url: string | null;
  readonly status: string;
  readonly widgets: number;
  readonly decisions: number;
  readonly deployments: number;
  readonly manifest: string | null;
  readonly manifest_status: string | null;
  readonly capabilities: readonly unknown[] | null;
  readonly has_app_toml: boolean | null;
}

/** Hubs with their newest manifest that is not retired, and how much each has. */
export function hubRegistry(db: Db, hub: string | undefined): Promise<HubRegistryRow[]> {
  return db.query<HubRegistryRow>(
    `select h.slug, h.name, h.kind, h.owner, h.stewards, h.route_url, h.status,
            (select count(*) from widgets where hub_id = h.id) as widgets,
            (select count(*) from decision_records where hub_id = h.id and status = 'accepted') as decisions,
            (select count(*) from deployment_records where hub_id = h.id) as deployments,
            m.version as manifest, m.status as manifest_status, m.capabilities, m.app_toml is not null as has_app_toml
     from hubs h left join lateral (
       select * from hub_capability_manifests m where m.hub_id = h.id
       order by m.status = 'active' desc, m.status = 'draft' desc, m.seq desc limit 1) m on true
     where $1::text is null or h.slug = $1 order by h.status, h.slug limit 200`,
    [hub ?? null],
  );
}
