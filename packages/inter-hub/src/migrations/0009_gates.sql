-- railiance: expand

-- What the gate of each stage said last, for the promotion board.
create index interaction_events_gates on interaction_events (hub_id, stage, seq desc)
  where kind = 'check' and data ->> 'suite' = 'gate';
