-- railiance: expand

-- The secret is not kept: it is made of the hub's own, the webhook's id and this number, which grows to make another.
alter table webhooks
  add column secret_number integer not null default 1,
  -- Until a day after this the secret before signs too, so that a receiver can change over.
  add column secret_changed_at timestamptz,
  -- It is told of nothing from before.
  add column active_since timestamptz not null default clock_timestamp(),
  -- Why the hub itself paused it.
  add column paused_because text;

create function hub_webhook_resumed() returns trigger language plpgsql as $$
begin
  new.paused_because := null;
  new.active_since := clock_timestamp();
  return new;
end $$;
create trigger webhooks_resumed before update on webhooks
  for each row when (old.status = 'paused' and new.status = 'active') execute function hub_webhook_resumed();

create table webhook_deliveries (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  webhook_id uuid not null references webhooks,
  -- Of `events`, from which nothing is ever deleted; null for a test.
  event_seq bigint,
  status text not null default 'waiting' check (status in ('waiting', 'delivered', 'failed')),
  attempts integer not null default 0,
  next_at timestamptz,
  -- HTTP status of the last answer; null where there was none.
  answer integer,
  error text,
  took_ms integer,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  unique (webhook_id, event_seq)
);
create index webhook_deliveries_waiting on webhook_deliveries (webhook_id, next_at) where status = 'waiting';
create index webhook_deliveries_finished on webhook_deliveries (finished_at) where status <> 'waiting';

-- How far events were looked through for webhooks: what was here before this version is not told again.
insert into projections (name, seq) select 'webhooks', coalesce(max(seq), 0) from events;
