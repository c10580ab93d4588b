-- The project's columns, constraints and indexes of two tables, so that a benchmark compares servers and not schemas. The
-- triggers that keep the project's counts are left out: a peer counts for each page.
CREATE TABLE conversation (
    id uuid PRIMARY KEY,
    status varchar(6) NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    CHECK ((status = 'OPEN' AND closed_at IS NULL) OR (status = 'CLOSED' AND closed_at IS NOT NULL))
);
CREATE INDEX conversation_newest_first ON conversation (opened_at DESC, id DESC);
CREATE TABLE message (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversation DEFERRABLE INITIALLY DEFERRED,
    direction varchar(8) NOT NULL CHECK (direction IN ('SENT', 'RECEIVED')),
    content text NOT NULL,
    external_timestamp timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT statement_timestamp()
);
CREATE INDEX message_reading_order ON message (conversation_id, external_timestamp, id);
