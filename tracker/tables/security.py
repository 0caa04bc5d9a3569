"""What the database itself guards: roles, privileges, row-level security by park, facts that cannot change, postings
that sum to zero. Kept as SQL, because a migration must say exactly this; tests check it on a live database."""

from sqlalchemy import Connection, text

#: Append only: the application may insert and read.
LOGS = (
    "fact",
    "posting",
    "edge",
    "manifest_signature",
    "pin_attempt",
    "turned_away",
    "catalogue_import",
    "identification",
    "emergency_sheet",
    "evidence",
    "device_key",
    "fact_signature",
)
#: A park's own rows, seen only from inside that park.
OF_A_PARK = (
    "log_head",
    "fact",
    "posting",
    "edge",
    "balance",
    "fact_private",
    "finding",
    "waiting",
    "turned_away",
    "batch",
    "manifest",
    "manifest_carrier",
    "manifest_line",
    "manifest_signature",
    "pin_attempt",
    "mandate",
    "proposal",
    "proposal_answer",
    "label",
    "label_roll",
    "number_series",
    "emergency_sheet",
    "alert",
    "label_detail",
    "label_contact",
    "identification",
    "external_number",
    "number_block",
    "block_serial",
    "evidence",
    "evidence_upload",
    "evidence_named",
    "fact_signature",
    "quarantine",
    "quarantine_private",
)
#: What an auditor need not see.
SECRETS = ("person", "api_key", "device_grant", "fact_private", "quarantine_private", "pin_guard")
#: Rows that are written once; these columns alone are filled in later, when something has become of them.
SETTLED = {
    "label": "batch_uuid, manifest_uuid",
    "label_roll": "withdrawn_by, withdrawn_at, withdrawn_why",
    "external_number": "removed_by, removed_at, removed_why",
    "number_block": "closed_by, closed_at, closed_why",
    "block_serial": "state, manifest_uuid, settled_at",
    "evidence_named": "arrived_at, alerted_at",
    "device": "name, last_seen_at, revoked_at, revoked_by, revoked_why",
    "quarantine": "state, settled_by, settled_at, settled_why",
}
ROLES = """
DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['tracker_owner', 'tracker_app', 'tracker_auditor'] LOOP
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
      BEGIN
        EXECUTE 'CREATE ROLE ' || quote_ident(wanted) || ' NOLOGIN';
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- another database of this cluster is being set up at the same moment
      END;
    END IF;
    IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
      EXECUTE 'GRANT ' || quote_ident(wanted) || ' TO ' || quote_ident(current_user);
    END IF;
  END LOOP;
END $$
"""
_APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'WM001', MESSAGE = 'WASTE: ' || TG_TABLE_NAME || ' is append-only';
END $$
"""
#: A label printed beforehand is told once what it was put on; of any other, and ever after, nothing changes.
_BOUND_ONCE = """
CREATE FUNCTION label_bound_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(OLD) - 'batch_uuid' - 'manifest_uuid' = to_jsonb(NEW) - 'batch_uuid' - 'manifest_uuid'
     AND OLD.batch_uuid IS NULL AND OLD.manifest_uuid IS NULL
     AND ((OLD.what = 'roll' AND NEW.manifest_uuid IS NULL) OR (OLD.what = 'manifest' AND NEW.batch_uuid IS NULL)) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION USING ERRCODE = 'WM001', MESSAGE = 'WASTE: label ' || OLD.id || ' is what it is';
END $$
"""
_WATCH_LABELS = """
CREATE TRIGGER bound_once BEFORE UPDATE ON label FOR EACH ROW EXECUTE FUNCTION label_bound_once()
"""
_KEEP_LABELS = """
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON label FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
_SUMS_TO_ZERO = """
CREATE FUNCTION postings_sum_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lopsided bigint;
BEGIN
  SELECT "index" INTO lopsided FROM posted GROUP BY park_id, "index" HAVING sum(grams) <> 0 LIMIT 1;
  IF lopsided IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'WM002',
      MESSAGE = 'WASTE: the postings of fact ' || lopsided || ' do not sum to zero';
  END IF;
  RETURN NULL;
END $$
"""
_WATCH_SUMS = """
CREATE TRIGGER sums_to_zero AFTER INSERT ON posting REFERENCING NEW TABLE AS posted
  FOR EACH STATEMENT EXECUTE FUNCTION postings_sum_to_zero()
"""
_OWN = "park_id = current_setting('tracker.park')::int"
#: Our own tables only: PostGIS keeps some of its own in the same schema.
_GRANTS = """
DO $$
DECLARE ours regclass;
BEGIN
  FOR ours IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
              AND c.relowner = current_user::regrole LOOP
    EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON ' || ours::text || ' TO tracker_app';
    EXECUTE 'GRANT SELECT ON ' || ours::text || ' TO tracker_auditor';
  END LOOP;
  FOR ours IN SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S'
              AND c.relowner = current_user::regrole LOOP
    EXECUTE 'GRANT USAGE, SELECT ON SEQUENCE ' || ours::text || ' TO tracker_app';
  END LOOP;
END $$
"""


def statements() -> list[str]:
    """What guards a freshly made schema, in order."""
    guarded = [
        _APPEND_ONLY,
        _SUMS_TO_ZERO,
        _WATCH_SUMS,
        _BOUND_ONCE,
        _WATCH_LABELS,
        _KEEP_LABELS,
        "GRANT USAGE ON SCHEMA public TO tracker_app, tracker_auditor",
        _GRANTS,
        # Secrets of people are no part of an audit.
        f"REVOKE SELECT ON {', '.join(SECRETS)} FROM tracker_auditor",  # noqa: S608 - our own tables
        "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM tracker_app",
    ]
    for table in LOGS:
        guarded.append(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM tracker_app")
        guarded.append(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    # A head only grows, and no row of the current state is ever taken away by the application.
    guarded += [f"REVOKE DELETE ON {table} FROM tracker_app" for table in ("log_head", "batch", "finding", "balance")]
    # What was numbered stays numbered: of these the application may change what has become of them, and no more.
    for table, columns in SETTLED.items():
        guarded.append(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM tracker_app")
        guarded.append(f"GRANT UPDATE ({columns}) ON {table} TO tracker_app")
    for table in OF_A_PARK:
        guarded += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            # current_setting without missing_ok: a transaction that named no park gets an error, not an empty answer.
            f"CREATE POLICY of_the_park ON {table} USING ({_OWN}) WITH CHECK ({_OWN})",
        ]
    return guarded


def guard(connection: Connection) -> None:
    """Apply ``statements`` to a freshly made schema."""
    for statement in statements():
        connection.execute(text(statement))
