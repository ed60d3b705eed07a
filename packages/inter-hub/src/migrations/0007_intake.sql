-- railiance: expand

-- jsonb says itself whether two bodies are equal, whatever the order of their members. Hubs of the version before
-- still write the hash.
alter table events alter column body_sha256 drop not null;

-- Stores events, each an array: source, event_id, form, type, subject, hub, stage, run_id, time, author, summary,
-- consumer_id, body. They must differ in (source, event_id). One JSON text is read for less than thirteen arrays of
-- texts are. Nearly always all are new: they are inserted as if they were, and only where that fails looked up.
-- `seqs` has a number for each, in order; `known` tells of those that were here before, by their place from 0.
-- The lock makes `seq` grow in the order of commits (migration 4); it is taken outside the block that may be undone.
create function hub_store(given jsonb) returns table (stored_at timestamptz, seqs json, known json) language plpgsql
-- The plan stays on the index of (source, event_id) whatever the table's statistics say while it grows.
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  moment timestamptz;
  new_seqs bigint[];
begin
  perform pg_advisory_xact_lock(7304001);
  moment := clock_timestamp();
  perform pg_notify('hub_events', '');
  begin
    with stored as (
      insert into events as e (source, event_id, form, type, subject, hub, stage, run_id, time, author, summary,
                               consumer_id, body, received_at)
      select g.event ->> 0, g.event ->> 1, g.event ->> 2, g.event ->> 3, g.event ->> 4, g.event ->> 5, g.event ->> 6,
             g.event ->> 7, (g.event ->> 8)::timestamptz, g.event ->> 9, g.event ->> 10, (g.event ->> 11)::uuid,
             g.event -> 12, moment
      from jsonb_array_elements(given) as g (event)
      returning e.seq
    )
    select array_agg(s.seq order by s.seq) into new_seqs from stored s;
    return query select moment, to_json(new_seqs), '[]'::json;
    return;
  exception when unique_violation then
    null;
  end;
  with stored as (
    insert into events as e (source, event_id, form, type, subject, hub, stage, run_id, time, author, summary,
                             consumer_id, body, received_at)
    select g.event ->> 0, g.event ->> 1, g.event ->> 2, g.event ->> 3, g.event ->> 4, g.event ->> 5, g.event ->> 6,
           g.event ->> 7, (g.event ->> 8)::timestamptz, g.event ->> 9, g.event ->> 10, (g.event ->> 11)::uuid,
           g.event -> 12, moment
    from jsonb_array_elements(given) as g (event)
    where not exists (
      select from events here where here.source = g.event ->> 0 and here.event_id = g.event ->> 1
    )
    returning e.seq
  )
  select array_agg(s.seq order by s.seq) into new_seqs from stored s;
  return query
    select moment, json_agg(e.seq order by g.place),
           coalesce(json_agg(json_build_object(
             'place', g.place - 1, 'receivedAt', e.received_at, 'same', e.body = g.event -> 12
           )) filter (where new_seqs is null or e.seq < new_seqs[1]), '[]')
    from jsonb_array_elements(given) with ordinality as g (event, place)
    join events e on e.source = g.event ->> 0 and e.event_id = g.event ->> 1;
end $$;

-- The hub of the version before, beside this one in a switch: it finds the events of this one by their bodies too.
create or replace function hub_ingest(
  sources text[], event_ids text[], forms text[], types text[], subjects text[], hubs text[], stages text[],
  run_ids text[], times timestamptz[], authors text[], summaries text[], bodies text[], hashes text[], consumers text[]
) returns table (ordinal bigint, seq bigint, received_at timestamptz, result text) language plpgsql
as $$
declare
  events_given jsonb;
begin
  select jsonb_agg(jsonb_build_array(g.source, g.event_id, g.form, g.type, g.subject, g.hub, g.stage, g.run_id, g.time,
                   g.author, g.summary, g.consumer, g.body::jsonb) order by g.place)
    into events_given
    from unnest(
      sources, event_ids, forms, types, subjects, hubs, stages, run_ids, times, authors, summaries, bodies, consumers
    ) with ordinality as g (source, event_id, form, type, subject, hub, stage,
      run_id, time, author, summary, body, consumer, place);
  return query
    select n.place, n.number::bigint, coalesce((k.told ->> 'receivedAt')::timestamptz, s.stored_at),
           case when k.told is null then 'stored' when (k.told ->> 'same')::boolean then 'duplicate' else 'conflict' end
    from hub_store(events_given) s
    cross join json_array_elements_text(s.seqs) with ordinality as n (number, place)
    left join json_array_elements(s.known) as k (told) on (k.told ->> 'place')::bigint = n.place - 1
    order by n.place;
end $$;
