-- railiance: expand

create table events (
  seq bigint generated always as identity primary key,
  source text not null,
  event_id text not null,
  form text not null check (form in ('progress', 'cloudevent', 'cdevent')),
  type text not null,
  subject text,
  hub text,
  stage text,
  run_id text,
  -- What the sender said; may be long ago or in the future.
  time timestamptz,
  received_at timestamptz not null default clock_timestamp(),
  author text,
  summary text,
  body jsonb not null,
  body_sha256 bytea not null,
  consumer_id uuid,
  unique (source, event_id)
);
create index events_type on events (type, seq);
create index events_hub on events (hub, seq);
create index events_run on events (run_id, seq) where run_id is not null;
create trigger events_append_only before update or delete or truncate on events
  for each statement execute function hub_append_only();

-- Stores a batch in one transaction. The lock makes `seq` grow in the order of commits, so that a reader who saw
-- number n has seen every number before it; it is the transaction's, which holds behind a pooler too.
-- Rows must differ in (source, event_id). The answer has one row for each, in order.
create function hub_ingest(
  sources text[], event_ids text[], forms text[], types text[], subjects text[], hubs text[], stages text[],
  run_ids text[], times timestamptz[], authors text[], summaries text[], bodies text[], hashes text[], consumers text[]
) returns table (ordinal bigint, seq bigint, received_at timestamptz, result text) language plpgsql as $$
begin
  perform pg_advisory_xact_lock(7304001);
  return query
    with given as (
      select * from unnest(
        sources, event_ids, forms, types, subjects, hubs, stages,
        run_ids, times, authors, summaries, bodies, hashes, consumers
      ) with ordinality as g (source, event_id, form, type, subject, hub, stage,
        run_id, time, author, summary, body, hash, consumer, ordinal)
    ), stored as (
      insert into events as e (source, event_id, form, type, subject, hub, stage, run_id, time, author, summary,
                               body, body_sha256, consumer_id)
      select g.source, g.event_id, g.form, g.type, g.subject, g.hub, g.stage, g.run_id, g.time, g.author, g.summary,
             g.body::jsonb, decode(g.hash, 'hex'), g.consumer::uuid
      from given g order by g.ordinal
      on conflict (source, event_id) do nothing
      returning e.seq, e.source, e.event_id, e.received_at
    )
    select g.ordinal, coalesce(s.seq, e.seq), coalesce(s.received_at, e.received_at),
           case when s.seq is not null then 'stored'
                when e.body_sha256 = decode(g.hash, 'hex') then 'duplicate'
                else 'conflict' end
    from given g
    left join stored s on s.source = g.source and s.event_id = g.event_id
    left join events e on e.source = g.source and e.event_id = g.event_id
    order by g.ordinal;
  perform pg_notify('hub_events', '');
end $$;

-- How far each reader of the events has come; its row is its lock.
create table projections (
  name text primary key,
  seq bigint not null,
  updated_at timestamptz not null default now()
);
insert into projections (name, seq) values ('chain', 0);

-- Events whose mapping failed: kept with the reason, so that one bad event does not stop the rest.
create table projection_errors (
  event_seq bigint primary key references events (seq),
  error text not null,
  at timestamptz not null default now()
);

create table runs (
  run_id text primary key,
  seq bigint generated always as identity unique,
  hub_id uuid not null references hubs,
  stage text,
  name text not null,
  status text not null check (status in ('running', 'succeeded', 'failed', 'errored', 'rolled_back')),
  cause text,
  author text,
  url text,
  started_at timestamptz,
  finished_at timestamptz
);
create index runs_hub on runs (hub_id, seq desc);
create index runs_open on runs (started_at) where status = 'running';

create table run_steps (
  run_id text not null,
  step_id text not null,
  name text not null,
  position integer not null,
  status text not null check (status in ('running', 'succeeded', 'failed', 'errored', 'skipped')),
  detail text,
  started_at timestamptz,
  finished_at timestamptz,
  primary key (run_id, step_id)
);
