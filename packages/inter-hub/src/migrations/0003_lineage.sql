-- railiance: expand

-- Links that no foreign key says: added by hand, by API, or by a mapping.
create table record_links (
  from_kind text not null,
  from_id uuid not null,
  to_kind text not null,
  to_id uuid not null,
  relation text not null,
  author text not null,
  created_at timestamptz not null default now(),
  primary key (from_kind, from_id, to_kind, to_id, relation)
);
create index record_links_to on record_links (to_kind, to_id);

-- The chain as one list of links, to be walked both ways.
create view links as
  select 'widget' as from_kind, widget_id as from_id, 'interaction' as to_kind, id as to_id,
         'saw' as relation, created_at from interaction_events
  union all
  select 'interaction', interaction_event_id, 'annotation', id, 'annotated by', created_at
    from annotations where interaction_event_id is not null
  union all
  select 'widget', widget_id, 'annotation', id, 'annotated by', created_at
    from annotations where interaction_event_id is null and widget_id is not null
  union all
  select 'annotation', annotation_id, 'candidate', candidate_id, 'clustered in', created_at from candidate_annotations
  union all
  select 'candidate', id, 'candidate', merged_into, 'merged into', created_at
    from requirement_candidates where merged_into is not null
  union all
  select 'candidate', candidate_id, 'requirement', id, 'became', created_at
    from requirements where candidate_id is not null
  union all
  select 'requirement', requirement_id, 'decision', id, 'decided by', created_at
    from decision_records where requirement_id is not null
  union all
  select 'approval', approval_id, 'decision', id, 'decided by', created_at
    from decision_records where approval_id is not null
  union all
  select 'decision', decision_id, 'deployment', id, 'allowed', created_at
    from deployment_records where decision_id is not null
  union all
  select 'deployment', deployment_id, 'outcome', id, 'led to', created_at from outcome_signals
  union all
  select 'outcome', outcome_id, 'learning', id, 'taught', created_at from learnings where outcome_id is not null
  union all
  select from_kind, from_id, to_kind, to_id, relation, created_at from record_links;
create index candidates_merged on requirement_candidates (merged_into);
create index decisions_approval on decision_records (approval_id);

-- What happened stays as it was told.
create trigger interaction_events_append_only before update or delete or truncate on interaction_events
  for each statement execute function hub_append_only();
create trigger annotations_append_only before update or delete or truncate on annotations
  for each statement execute function hub_append_only();
create trigger outcome_signals_append_only before update or delete or truncate on outcome_signals
  for each statement execute function hub_append_only();
create trigger learnings_append_only before update or delete or truncate on learnings
  for each statement execute function hub_append_only();
create trigger record_links_append_only before update or delete or truncate on record_links
  for each statement execute function hub_append_only();

-- A decision once made, and an approval once decided, can only be superseded by another.
create function hub_decided() returns trigger language plpgsql as $$
begin
  raise exception '% % was decided and cannot change', tg_table_name, old.id using errcode = 'restrict_violation';
end $$;
create trigger approvals_decided before update on approvals
  for each row when (old.status <> 'waiting') execute function hub_decided();
create trigger decisions_decided before update on decision_records
  for each row when (old.status = 'superseded' or old.status <> 'pending' and new.status <> 'superseded')
  execute function hub_decided();

-- Interactions by hour, so that a rate costs the same at any number of events.
create table interaction_rates (
  hour timestamptz not null,
  hub_id uuid not null references hubs,
  outcome text not null,
  events bigint not null,
  primary key (hour, hub_id, outcome)
);
create function hub_count_interactions() returns trigger language plpgsql as $$
begin
  insert into interaction_rates as rates
    select date_trunc('hour', created_at), hub_id, coalesce(outcome, 'none'), count(*)
    from added group by 1, 2, 3 order by 1, 2, 3
  on conflict (hour, hub_id, outcome) do update set events = rates.events + excluded.events;
  return null;
end $$;
create trigger interaction_events_counted after insert on interaction_events
  referencing new table as added for each statement execute function hub_count_interactions();
