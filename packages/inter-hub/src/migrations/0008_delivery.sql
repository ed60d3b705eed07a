-- railiance: expand

-- What the four measures of delivery ask for each deployment that broke something: when it was seen, and the next good one.
create index outcomes_regressed on outcome_signals (deployment_id, observed_at) where verdict = 'regressed';
create index deployments_good on deployment_records (hub_id, stage, finished_at) where status = 'succeeded';
-- The newest run on each stage, for the promotion board.
create index runs_target on runs (hub_id, stage, seq desc);
