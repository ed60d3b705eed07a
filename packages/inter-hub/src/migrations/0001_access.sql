-- railiance: expand

-- Rows that say what happened are never edited or deleted, whoever asks.
create function hub_append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create table users (
  id uuid primary key default gen_random_uuid(),
  email text not null,
  name text not null,
  role text not null check (role in ('viewer', 'operator', 'approver', 'admin')),
  password_hash text,
  disabled_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index users_email on users (lower(email));

create table setup_links (
  token_sha256 bytea primary key,
  user_id uuid references users,
  email text,
  role text not null check (role in ('viewer', 'operator', 'approver', 'admin')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);

create table sessions (
  token_sha256 bytea primary key,
  user_id uuid not null references users on delete cascade,
  address text not null,
  user_agent text not null,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index sessions_user on sessions (user_id);

create table login_failures (
  scope text not null,
  failures integer not null,
  last_at timestamptz not null,
  primary key (scope)
);

create table audit_log (
  seq bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  actor_kind text not null check (actor_kind in ('user', 'key', 'system')),
  address text,
  action text not null,
  target text,
  detail jsonb not null default '{}'
);
create index audit_log_action on audit_log (action, seq desc);
create trigger audit_log_append_only before update or delete or truncate on audit_log
  for each statement execute function hub_append_only();

create table api_consumers (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  name text not null unique,
  kind text not null default 'client',
  description text,
  version text,
  status text not null default 'active' check (status in ('active', 'retired')),
  last_seen_at timestamptz,
  created_at timestamptz not null default now()
);

create table api_keys (
  id uuid primary key default gen_random_uuid(),
  seq bigint generated always as identity unique,
  consumer_id uuid not null references api_consumers,
  prefix text not null,
  sha256 bytea not null unique,
  scopes text[] not null,
  rate_per_minute integer not null default 6000 check (rate_per_minute > 0),
  daily_quota integer not null default 5000000 check (daily_quota > 0),
  created_by text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

-- One row an hour, route and answer: enough for 24 hours by route, and for a key's quota of the day.
create table api_requests (
  hour timestamptz not null,
  key_id uuid not null,
  method text not null,
  route text not null,
  status integer not null,
  requests bigint not null,
  milliseconds double precision not null,
  primary key (hour, key_id, method, route, status)
);

create table idempotency_keys (
  consumer_id uuid not null,
  key text not null,
  request_sha256 bytea not null,
  status integer not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  primary key (consumer_id, key)
);
