-- railiance: expand

-- As before, for less work: the lock leaves nobody else to insert, so rows that are there already are left out
-- by looking, not by a conflict, and only where some were left out is everything looked up again. The settings keep
-- the plan on the index of (source, event_id) whatever the table's statistics say while it grows.
create or replace function hub_ingest(
  sources text[], event_ids text[], forms text[], types text[], subjects text[], hubs text[], stages text[],
  run_ids text[], times timestamptz[], authors text[], summaries text[], bodies text[], hashes text[], consumers text[]
) returns table (ordinal bigint, seq bigint, received_at timestamptz, result text) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
declare
  new_seqs bigint[];
  new_moments timestamptz[];
begin
  perform pg_advisory_xact_lock(7304001);
  with stored as (
    insert into events as e (source, event_id, form, type, subject, hub, stage, run_id, time, author, summary,
                             body, body_sha256, consumer_id)
    select g.source, g.event_id, g.form, g.type, g.subject, g.hub, g.stage, g.run_id, g.time, g.author, g.summary,
           g.body::jsonb, decode(g.hash, 'hex'), g.consumer::uuid
    from unnest(
      sources, event_ids, forms, types, subjects, hubs, stages,
      run_ids, times, authors, summaries, bodies, hashes, consumers
    ) with ordinality as g (source, event_id, form, type, subject, hub, stage,
      run_id, time, author, summary, body, hash, consumer, place)
    where not exists (select from events known where known.source = g.source and known.event_id = g.event_id)
    order by g.place
    returning e.seq, e.received_at
  )
  select array_agg(s.seq order by s.seq), array_agg(s.received_at order by s.seq)
    into new_seqs, new_moments from stored s;
  perform pg_notify('hub_events', '');
  if cardinality(new_seqs) = cardinality(sources) then
    return query select n.place, n.number, n.moment, 'stored'
      from unnest(new_seqs, new_moments) with ordinality as n (number, moment, place);
  else
    return query
      select g.place, e.seq, e.received_at,
             case when e.seq >= new_seqs[1] then 'stored'
                  when e.body_sha256 = decode(g.hash, 'hex') then 'duplicate'
                  else 'conflict' end
      from unnest(sources, event_ids, hashes) with ordinality as g (source, event_id, hash, place)
      join events e on e.source = g.source and e.event_id = g.event_id
      order by g.place;
  end if;
end $$;
