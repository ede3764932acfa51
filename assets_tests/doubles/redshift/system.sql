-- What every database of the double has beyond PostgreSQL; system_views.sql holds the views.
SET allow_system_table_mods = on;

CREATE SCHEMA pg_double;
GRANT USAGE, CREATE ON SCHEMA pg_double TO PUBLIC;
GRANT ALL ON SCHEMA public TO PUBLIC;

CREATE DOMAIN pg_catalog.super AS jsonb;

CREATE FUNCTION pg_catalog.getdate() RETURNS timestamp STABLE LANGUAGE sql
    AS $$ SELECT date_trunc('second', statement_timestamp() AT TIME ZONE 'UTC') $$;
CREATE FUNCTION pg_catalog.sysdate() RETURNS timestamp STABLE LANGUAGE sql
    AS $$ SELECT transaction_timestamp() AT TIME ZONE 'UTC' $$;
CREATE FUNCTION pg_catalog.json_parse(text) RETURNS super IMMUTABLE STRICT LANGUAGE sql
    AS $$ SELECT $1::jsonb $$;
CREATE FUNCTION pg_double.json_serialize(jsonb) RETURNS text IMMUTABLE STRICT LANGUAGE sql
    AS $$ SELECT $1::text $$;
CREATE FUNCTION pg_catalog.is_valid_json(text) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql
    AS $$ SELECT $1 IS JSON $$;
CREATE FUNCTION pg_catalog.len(text) RETURNS integer IMMUTABLE STRICT LANGUAGE sql
    AS $$ SELECT length($1) $$;
CREATE FUNCTION pg_catalog.dateadd(part text, many bigint, day timestamp) RETURNS timestamp
    IMMUTABLE STRICT LANGUAGE sql AS $$
    SELECT $3 + CASE lower($1) WHEN 'quarter' THEN $2 * 3 ELSE $2 END
        * ('1 ' || CASE lower($1) WHEN 'quarter' THEN 'month' ELSE lower($1) END)::interval
    $$;
CREATE FUNCTION pg_catalog.datediff(part text, one timestamp, other timestamp) RETURNS bigint
    IMMUTABLE STRICT LANGUAGE sql AS $$
    SELECT CASE lower($1)
        WHEN 'year' THEN extract(year FROM $3) - extract(year FROM $2)
        WHEN 'month' THEN (extract(year FROM $3) - extract(year FROM $2)) * 12
            + extract(month FROM $3) - extract(month FROM $2)
        WHEN 'week' THEN extract(day FROM date_trunc('week', $3) - date_trunc('week', $2)) / 7
        WHEN 'day' THEN extract(day FROM date_trunc('day', $3) - date_trunc('day', $2))
        WHEN 'hour' THEN extract(epoch FROM date_trunc('hour', $3) - date_trunc('hour', $2)) / 3600
        WHEN 'minute' THEN extract(epoch FROM date_trunc('minute', $3) - date_trunc('minute', $2)) / 60
        WHEN 'second' THEN extract(epoch FROM date_trunc('second', $3) - date_trunc('second', $2))
    END::bigint
    $$;
CREATE FUNCTION pg_catalog.pg_last_copy_count() RETURNS bigint STABLE LANGUAGE sql
    AS $$ SELECT coalesce(nullif(current_setting('double.copy_count', true), ''), '0')::bigint $$;
CREATE FUNCTION pg_catalog.pg_last_copy_id() RETURNS integer STABLE LANGUAGE sql
    AS $$ SELECT coalesce(nullif(current_setting('double.copy_id', true), ''), '-1')::integer $$;
CREATE AGGREGATE pg_catalog.listagg(text, text)
    (SFUNC = string_agg_transfn, STYPE = internal, FINALFUNC = string_agg_finalfn);

CREATE FUNCTION pg_double.row_count(relation oid) RETURNS bigint
    VOLATILE SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE counted bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s', relation::regclass) INTO counted;
    RETURN counted;
END $$;

-- DISTKEY, SORTKEY, ENCODE: remembered by the table's OID, so that a rename keeps them.
CREATE TABLE pg_double.tables (
    relid oid PRIMARY KEY, diststyle text, sortstyle text,
    made_at timestamp NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'UTC')
);
CREATE TABLE pg_double.columns (
    relid oid, attnum smallint, distkey boolean, sortkey integer, encoding text,
    PRIMARY KEY (relid, attnum)
);
-- How many rows were analyzed, or sorted; rows are only added, so that no two loads conflict here.
CREATE TABLE pg_double.marks (
    id bigint GENERATED ALWAYS AS IDENTITY, relid oid, figure text, rows bigint
);
-- GRANT … FOR TABLES IN SCHEMA, and who was named as a group.
CREATE TABLE pg_double.scoped (namespace name, privilege text, grantee name);
CREATE TABLE pg_double.groups (name name);
-- Views WITH NO SCHEMA BINDING; PostgreSQL knows them once what they read is there.
CREATE TABLE pg_double.late_views (place text PRIMARY KEY, query text, is_bound boolean);

CREATE FUNCTION pg_double.mark(figure text, marked oid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO pg_double.marks (relid, figure, rows) VALUES (marked, figure, pg_double.row_count(marked)) $$;
CREATE FUNCTION pg_double.marked(figure text, marked oid) RETURNS bigint STABLE LANGUAGE sql AS $$
    SELECT coalesce((SELECT rows FROM pg_double.marks m WHERE m.relid = $2 AND m.figure = $1 ORDER BY id DESC LIMIT 1), 0) $$;

CREATE FUNCTION pg_double.remember(
    made regclass, style text, sorting text, details jsonb, pattern regclass DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pg_double.tables (relid, diststyle, sortstyle)
        SELECT made, coalesce(style, p.diststyle, 'AUTO'), coalesce(sorting, p.sortstyle)
        FROM (SELECT) one LEFT JOIN pg_double.tables p ON p.relid = pattern
        ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RETURN; END IF;
    INSERT INTO pg_double.columns
        SELECT made, a.attnum, coalesce((d.value->>'distkey')::boolean, p.distkey, false),
            coalesce((d.value->>'sortkey')::integer, p.sortkey, 0),
            coalesce(d.value->>'encoding', p.encoding)
        FROM pg_attribute a
        LEFT JOIN jsonb_each(details) d ON d.key = a.attname
        LEFT JOIN pg_double.columns p ON p.relid = pattern AND p.attnum = a.attnum
        WHERE a.attrelid = made AND a.attnum > 0 AND NOT a.attisdropped;
END $$;

CREATE FUNCTION pg_double.change(
    changed regclass, style text, sorting text, details jsonb
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pg_double.tables (relid, diststyle) VALUES (changed, 'AUTO') ON CONFLICT DO NOTHING;
    UPDATE pg_double.tables
        SET diststyle = coalesce(style, diststyle),
            sortstyle = CASE WHEN sorting IS NULL THEN sortstyle ELSE nullif(sorting, 'NONE') END
        WHERE relid = changed;
    INSERT INTO pg_double.columns
        SELECT changed, attnum, false, 0, NULL FROM pg_attribute
        WHERE attrelid = changed AND attnum > 0 AND NOT attisdropped ON CONFLICT DO NOTHING;
    UPDATE pg_double.columns c SET
        distkey = CASE WHEN style IS NULL THEN c.distkey ELSE coalesce((d.value->>'distkey')::boolean, false) END,
        sortkey = CASE WHEN sorting IS NULL THEN c.sortkey ELSE coalesce((d.value->>'sortkey')::integer, 0) END,
        encoding = coalesce(d.value->>'encoding', c.encoding)
        FROM pg_attribute a LEFT JOIN jsonb_each(details) d ON d.key = a.attname
        WHERE c.relid = changed AND a.attrelid = changed AND a.attnum = c.attnum;
END $$;

-- A relation's name as PostgreSQL itself would write it.
CREATE FUNCTION pg_double.spelled(place text) RETURNS text STABLE LANGUAGE sql AS $$
    SELECT CASE count(*) WHEN 1 THEN quote_ident(current_schema()) || '.' ELSE '' END
        || string_agg(quote_ident(part), '.' ORDER BY at)
    FROM unnest(parse_ident(place)) WITH ORDINALITY parts(part, at) $$;

CREATE FUNCTION pg_double.bind_view(place text, query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    heads text; casts text; maker text := format('pg_double.late_%s', md5(place));
    shown regclass; granted text[] := '{}'; one text;
BEGIN
    BEGIN
        EXECUTE 'CREATE TEMP VIEW double_probe AS ' || query;
    EXCEPTION WHEN undefined_table OR undefined_column OR invalid_schema_name THEN
        RETURN false;
    END;
    SELECT string_agg(format('%I %s', attname, format_type(atttypid, NULL)), ', ' ORDER BY attnum),
        string_agg(format('double_late.%I::%s', attname, format_type(atttypid, NULL)), ', ' ORDER BY attnum)
        INTO heads, casts FROM pg_attribute
        WHERE attrelid = 'pg_temp.double_probe'::regclass AND attnum > 0;
    DROP VIEW pg_temp.double_probe;
    shown := to_regclass(place);
    IF shown IS NOT NULL AND (to_regprocedure(maker || '()') IS NULL
            OR pg_get_function_result(to_regprocedure(maker || '()')) <> format('TABLE(%s)', heads)) THEN
        SELECT array_agg(format('GRANT %s ON %s TO %s', privilege_type, place,
                CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END))
            INTO granted FROM pg_class, aclexplode(relacl) WHERE oid = shown AND grantee <> relowner;
        EXECUTE format('DROP VIEW %s', place);
        EXECUTE format('DROP FUNCTION IF EXISTS %s()', maker);
    END IF;
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION %s() RETURNS TABLE (%s) LANGUAGE plpgsql SECURITY DEFINER AS %L',
        maker, heads, format('BEGIN RETURN QUERY EXECUTE %L; END', format('SELECT %s FROM (%s) double_late', casts, query))
    );
    EXECUTE format('CREATE OR REPLACE VIEW %s AS SELECT * FROM %s()', place, maker);
    FOREACH one IN ARRAY coalesce(granted, '{}') LOOP
        EXECUTE one;
    END LOOP;
    RETURN true;
END $$;

CREATE FUNCTION pg_double.bind_views() RETURNS void LANGUAGE plpgsql AS $$
DECLARE late record;
BEGIN
    FOR late IN SELECT * FROM pg_double.late_views WHERE NOT is_bound LOOP
        IF pg_double.bind_view(late.place, late.query) THEN
            UPDATE pg_double.late_views SET is_bound = true WHERE place = late.place;
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION pg_double.create_late_view(named text, query text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE place text := pg_double.spelled(named);
BEGIN
    INSERT INTO pg_double.late_views VALUES (place, query, pg_double.bind_view(place, query))
    ON CONFLICT ON CONSTRAINT late_views_pkey DO UPDATE
        SET query = excluded.query, is_bound = excluded.is_bound;
END $$;

CREATE FUNCTION pg_double.scope(spaces name[], privileges text[], grantees name[], is_grant boolean)
    RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM unnest(spaces) s(namespace), unnest(privileges) p(privilege), unnest(grantees) g(grantee) LOOP
        IF is_grant THEN
            EXECUTE format('GRANT %s ON ALL TABLES IN SCHEMA %I TO %I', one.privilege, one.namespace, one.grantee);
            INSERT INTO pg_double.scoped SELECT one.namespace, one.privilege, one.grantee WHERE NOT EXISTS (
                SELECT FROM pg_double.scoped s WHERE (s.namespace, s.privilege, s.grantee) = (one.namespace, one.privilege, one.grantee)
            );
        ELSE
            EXECUTE format('REVOKE %s ON ALL TABLES IN SCHEMA %I FROM %I', one.privilege, one.namespace, one.grantee);
            DELETE FROM pg_double.scoped s WHERE s.namespace = one.namespace AND s.privilege = one.privilege AND s.grantee = one.grantee;
        END IF;
    END LOOP;
END $$;

-- After every change of a table: VARCHAR(n) and CHAR(n) count bytes, scoped permissions reach what
-- is new, and late-binding views find what they read.
CREATE FUNCTION pg_double.after_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE changed record;
BEGIN
    FOR changed IN
        WITH wanted AS (
            SELECT a.attrelid, a.attname, a.attnum, a.atttypmod - 4 AS size,
                format('bytes of %s: %s', a.attnum, a.atttypmod - 4) AS conname
            FROM pg_event_trigger_ddl_commands() d
            JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'r'
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE a.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND a.atttypmod > 4
        ), acts AS (
            SELECT w.attrelid, format('ADD CONSTRAINT %I CHECK (octet_length(%I) <= %s)', w.conname, w.attname, w.size) AS act
            FROM wanted w
            WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = w.attrelid AND k.conname = w.conname)
            UNION
            SELECT k.conrelid, format('DROP CONSTRAINT %I', k.conname)
            FROM pg_constraint k JOIN wanted w ON w.attrelid = k.conrelid
                AND k.conname LIKE format('bytes of %s: %%', w.attnum) AND k.conname <> w.conname
        )
        SELECT attrelid::regclass AS relation, string_agg(act, ', ') AS acts FROM acts GROUP BY attrelid
    LOOP
        EXECUTE format('ALTER TABLE %s %s', changed.relation, changed.acts);
    END LOOP;
    FOR changed IN
        SELECT c.oid::regclass AS relation, s.* FROM pg_event_trigger_ddl_commands() d
        JOIN pg_class c ON c.oid = d.objid AND c.relkind IN ('r', 'v')
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_double.scoped s ON s.namespace = n.nspname
        WHERE d.command_tag LIKE 'CREATE%'
    LOOP
        EXECUTE format('GRANT %s ON %s TO %I', changed.privilege, changed.relation, changed.grantee);
    END LOOP;
    -- Binding makes views itself.
    IF tg_tag <> 'CREATE VIEW' AND EXISTS (SELECT FROM pg_double.late_views WHERE NOT is_bound) THEN
        PERFORM pg_double.bind_views();
    END IF;
END $$;
CREATE EVENT TRIGGER after_ddl ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE', 'CREATE VIEW')
    EXECUTE FUNCTION pg_double.after_ddl();

CREATE FUNCTION pg_double.after_drop() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE gone record;
BEGIN
    FOR gone IN
        DELETE FROM pg_double.late_views USING pg_event_trigger_dropped_objects() d
        WHERE d.object_type = 'view' AND d.object_identity = place AND is_bound RETURNING place
    LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS pg_double.late_%s()', md5(gone.place));
    END LOOP;
END $$;
CREATE EVENT TRIGGER after_drop ON sql_drop WHEN TAG IN ('DROP VIEW', 'DROP SCHEMA', 'DROP OWNED')
    EXECUTE FUNCTION pg_double.after_drop();

-- What the proxy saw; written when somebody asks.
CREATE TABLE pg_double.queries (
    query_id bigint, user_name name, session_id integer, query_label text, query_text text,
    query_type text, status text, error_message text, start_time timestamp, elapsed_time bigint,
    returned_rows bigint, returned_bytes bigint
);
CREATE TABLE pg_double.loads (
    query_id bigint, user_name name, session_id integer, table_name text, data_source text,
    status text, start_time timestamp, duration bigint, loaded_rows bigint, loaded_bytes bigint,
    source_file_count bigint, source_file_bytes bigint
);
CREATE TABLE pg_double.load_errors (
    query_id bigint, user_name name, session_id integer, table_id oid, file_name text,
    column_name text, column_type text, column_length integer, position integer,
    error_code integer, error_message text, value text, start_time timestamp
);
GRANT ALL ON ALL TABLES IN SCHEMA pg_double TO PUBLIC;
