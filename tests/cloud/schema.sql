-- The development cloud's memory. Times are milliseconds since 1970 unless a name says otherwise; JSON is text.

CREATE TABLE IF NOT EXISTS people (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  default_organization_id TEXT REFERENCES organizations (id),
  credit_balance REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS organizations (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  slug TEXT NOT NULL,
  credit_balance REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS memberships (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  role TEXT NOT NULL,
  permissions TEXT NOT NULL,
  UNIQUE (person_id, organization_id)
);

-- An owner is an organization, or a person in the role of their own personal account.
CREATE TABLE IF NOT EXISTS owner_settings (
  owner_id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  document TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS profiles (
  id TEXT PRIMARY KEY,
  owner_id TEXT NOT NULL,
  name TEXT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (owner_id, name)
);
CREATE TABLE IF NOT EXISTS user_settings (
  person_id TEXT PRIMARY KEY REFERENCES people (id),
  version INTEGER NOT NULL,
  features TEXT NOT NULL,
  settings TEXT NOT NULL
);

-- organization_id is '' in a personal account.
CREATE TABLE IF NOT EXISTS tasks (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  organization_id TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS messages (
  task_id TEXT NOT NULL REFERENCES tasks (id),
  ts INTEGER NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (task_id, ts)
);
CREATE TABLE IF NOT EXISTS shares (
  id TEXT PRIMARY KEY,
  task_id TEXT NOT NULL REFERENCES tasks (id),
  visibility TEXT NOT NULL CHECK (visibility IN ('organization', 'public')),
  organization_id TEXT NOT NULL,
  person_id TEXT NOT NULL REFERENCES people (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER
);
CREATE TABLE IF NOT EXISTS share_access_log (
  id INTEGER PRIMARY KEY,
  share_id TEXT NOT NULL REFERENCES shares (id),
  at INTEGER NOT NULL,
  person_id TEXT,
  outcome TEXT NOT NULL CHECK (outcome IN ('shown', 'expired', 'sign-in-asked', 'refused'))
);
CREATE TABLE IF NOT EXISTS events (
  sequence INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  person_id TEXT NOT NULL REFERENCES people (id),
  organization_id TEXT NOT NULL,
  type TEXT NOT NULL,
  properties TEXT NOT NULL,
  happened_at INTEGER,
  received_at INTEGER NOT NULL,
  route TEXT NOT NULL CHECK (route IN ('single', 'batch'))
);
CREATE TABLE IF NOT EXISTS usage (
  person_id TEXT NOT NULL REFERENCES people (id),
  organization_id TEXT NOT NULL,
  date TEXT NOT NULL,
  tasks INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  cost REAL NOT NULL,
  PRIMARY KEY (person_id, organization_id, date)
);

-- What the authorization server keeps: sessions, grants, codes, tokens. expires_at and consumed are in seconds.
CREATE TABLE IF NOT EXISTS oidc_artifacts (
  model TEXT NOT NULL,
  id TEXT NOT NULL,
  payload TEXT NOT NULL,
  grant_id TEXT,
  account_id TEXT,
  uid TEXT,
  consumed INTEGER,
  expires_at INTEGER,
  PRIMARY KEY (model, id)
);
CREATE INDEX IF NOT EXISTS oidc_artifacts_by_grant ON oidc_artifacts (grant_id);
CREATE INDEX IF NOT EXISTS oidc_artifacts_by_account ON oidc_artifacts (account_id);
CREATE INDEX IF NOT EXISTS oidc_artifacts_by_uid ON oidc_artifacts (uid);
-- The organization a grant acts in; '' in a personal account.
CREATE TABLE IF NOT EXISTS grant_organizations (
  grant_id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS server_keys (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- The ticket sign-in: codes on their way back to the editor, and the clients that redeemed one.
CREATE TABLE IF NOT EXISTS tickets (
  code TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  expires_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS ticket_sessions (
  id TEXT PRIMARY KEY,
  client_token TEXT NOT NULL UNIQUE,
  person_id TEXT NOT NULL REFERENCES people (id)
);
