-- A team's record at :n events over 90 days: 24 hubs, and the chain that so many events leave behind.
\set ON_ERROR_STOP on
create function pg_temp.digest(g bigint) returns text language sql immutable as
  $$ select 'sha256:' || encode(sha256(g::text::bytea), 'hex') $$;
insert into hubs (slug, name) select 'app-' || g, 'App ' || g from generate_series(1, 24) g;
create temp table place as select row_number() over (order by seq) - 1 as k, id from hubs;
insert into widgets (hub_id, slug, name, kind)
  select id, 'step-' || w, 'Step ' || w, 'step' from place, generate_series(1, 12) w;
create temp table panel as select row_number() over (order by w.seq) - 1 as k, w.id, p.k as hub, p.id as hub_id
  from widgets w join place p on p.id = w.hub_id;
create temp table moment as
  select g, now() - interval '90 days' * (1 - g::float8 / :n) as at, p.id as hub_id, p.k as hub, h.slug
  from generate_series(1, :n) g join place p on p.k = (g / 20) % 24 join hubs h on h.id = p.id;
insert into events (source, event_id, form, type, hub, stage, run_id, time, received_at, author, summary, body)
  select '/bench/seed', g::text, 'cdevent', 'dev.cdevents.taskrun.finished.0.2.0', slug,
         (array['staging', 'canary', 'production'])[1 + g % 3], 'run-' || g / 20, at, at, 'ops@example.org', 'build succeeded',
         jsonb_build_object('id', g::text, 'source', '/bench/seed', 'specversion', '1.0', 'data',
           jsonb_build_object('subject', jsonb_build_object('content', jsonb_build_object('outcome', 'success', 'n', g))))
  from moment order by g;
insert into interaction_events (hub_id, widget_id, event_seq, kind, outcome, actor, summary, correlation_id, stage,
                                duration_ms, data, occurred_at, created_at)
  select m.hub_id, p.id, m.g, case when m.g % 20 = 0 then 'check' when m.g % 20 = 2 then 'run' else 'step' end,
         case when m.g % 97 = 0 then 'failure' else 'success' end, 'ops@example.org', 'step succeeded', 'run-' || m.g / 20,
         (array['staging', 'canary', 'production'])[1 + m.g % 3], m.g % 60000,
         case when m.g % 20 = 0 then jsonb_build_object('suite', 'smoke', 'digest', pg_temp.digest(m.g / 40)) else '{}' end,
         m.at, m.at
  from moment m join panel p on p.k = m.hub * 12 + (m.g / 2) % 12 where m.g % 2 = 0 order by m.g;
insert into annotations (hub_id, widget_id, interaction_event_id, kind, severity, author, body, fingerprint, stage, created_at)
  select hub_id, widget_id, id, 'failure', 'medium', 'bench', 'GET /healthz answered 503', 'smoke ' || seq % 40, stage,
         created_at from interaction_events where outcome = 'failure';
insert into requirement_candidates (hub_id, title, fingerprint, severity, occurrences, weight, status, created_at)
  select id, 'Smoke fails ' || g, 'smoke ' || g, (array['low', 'medium', 'high'])[1 + g % 3], g, g * 2,
         case when g <= 4 then 'open' else 'accepted' end, now() - g * interval '1 day'
  from place, generate_series(1, greatest(4, least(40, :n / 25000))) g;
insert into runs (run_id, hub_id, stage, name, status, author, started_at, finished_at)
  select 'run-' || g / 20, hub_id, (array['staging', 'canary', 'production'])[1 + (g / 20) % 3], 'deploy',
         case when g % 97 = 0 then 'failed' else 'succeeded' end, 'ops@example.org', at, at + interval '45 seconds'
  from moment where g % 20 = 0;
insert into run_steps (run_id, step_id, name, position, status, started_at, finished_at)
  select run_id, run_id || '/' || s, 'step-' || s, s, 'succeeded', started_at, finished_at from runs, generate_series(1, 6) s;
insert into deployment_records (hub_id, stage, release, kind, digest, tag, status, run_id, committed_at, started_at, finished_at, created_at)
  select hub_id, stage, seq, 'deploy', pg_temp.digest(seq), left(md5(seq::text), 7),
         case when status = 'failed' then 'failed' else 'succeeded' end, run_id, started_at - interval '1 hour', started_at,
         finished_at, finished_at from runs;
insert into outcome_signals (hub_id, deployment_id, kind, verdict, summary, observed_at, created_at)
  select hub_id, id, 'smoke', case when seq % 50 = 0 then 'regressed' else 'met' end, 'smoke passed', finished_at, finished_at
  from deployment_records where seq % 10 <> 3;
insert into decision_records (hub_id, kind, title, status, stage, digest, decided_by, decided_at, created_at)
  select hub_id, 'approval', 'Release ' || tag, 'accepted', stage, digest, 'ada', finished_at, finished_at
  from deployment_records where stage = 'production' and seq % 3 = 0;
insert into learnings (hub_id, outcome_id, title, cause, author, created_at)
  select hub_id, id, 'What the smoke test missed', 'timeout', 'ada', created_at from outcome_signals where verdict = 'regressed';
insert into api_requests (hour, key_id, method, route, status, requests, milliseconds)
  select date_trunc('hour', now()) - h * interval '1 hour', k.id, 'POST', '/route-' || r, s, 1000, 5000
  from api_keys k, generate_series(0, 48) h, generate_series(1, 30) r, unnest(array[200, 201, 401, 429]) s;
update projections set seq = (select max(seq) from events);
analyze;
