-- Redshift's own views, over PostgreSQL's catalogue and what the double remembers.
SET allow_system_table_mods = on;

CREATE VIEW pg_double.relations AS
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relowner, c.relacl
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'v', 'm') AND n.nspname <> 'pg_double';

CREATE VIEW pg_double.attributes AS
    SELECT r.oid, r.nspname, r.relname, r.relkind, a.attname, a.attnum, a.attnotnull, a.atttypmod,
        CASE t.typname WHEN 'super' THEN 'super' WHEN 'bytea' THEN 'binary varying'
            WHEN 'text' THEN 'character varying(65535)'
            ELSE format_type(a.atttypid, a.atttypmod) END AS shown,
        t.typname, pg_get_expr(d.adbin, d.adrelid) AS fallback, p.distkey, p.sortkey,
        CASE WHEN r.relkind <> 'r' THEN NULL
            WHEN p.encoding IN ('raw', 'none') THEN 'none'
            WHEN p.encoding IS NOT NULL THEN p.encoding
            WHEN p.sortkey <> 0 OR t.typname IN ('bool', 'float4', 'float8') THEN 'none'
            WHEN t.typname IN ('varchar', 'bpchar', 'bytea') THEN 'lzo'
            WHEN t.typname = 'super' THEN 'zstd'
            ELSE 'az64' END AS encoding
    FROM pg_double.relations r
    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_double.columns p ON p.relid = a.attrelid AND p.attnum = a.attnum;

CREATE VIEW pg_catalog.svv_tables AS
    SELECT current_database()::varchar(128) AS table_catalog, nspname::varchar(128) AS table_schema,
        relname::varchar(128) AS table_name,
        (CASE relkind WHEN 'r' THEN 'BASE TABLE' ELSE 'VIEW' END)::varchar(128) AS table_type,
        obj_description(oid, 'pg_class')::varchar(256) AS remarks
    FROM pg_double.relations;
CREATE VIEW pg_catalog.svv_redshift_tables AS
    SELECT current_database()::varchar(128) AS database_name, nspname::varchar(128) AS schema_name,
        relname::varchar(128) AS table_name,
        (CASE relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END)::varchar(128) AS table_type,
        relacl::varchar(128) AS table_acl, obj_description(oid, 'pg_class')::varchar(128) AS remarks,
        relowner::regrole::varchar(128) AS table_owner
    FROM pg_double.relations;

CREATE VIEW pg_catalog.svv_columns AS
    SELECT current_database()::varchar(128) AS table_catalog, nspname::varchar(128) AS table_schema,
        relname::varchar(128) AS table_name, attname::varchar(128) AS column_name,
        attnum::integer AS ordinal_position, fallback::varchar(4000) AS column_default,
        (CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END)::varchar(3) AS is_nullable,
        regexp_replace(shown, '[(][^)]*[)]', '')::varchar(128) AS data_type,
        CASE WHEN typname = 'text' THEN 65535
            WHEN typname IN ('varchar', 'bpchar') THEN CASE atttypmod WHEN -1 THEN 65535 ELSE atttypmod - 4 END
            END::integer AS character_maximum_length,
        CASE typname WHEN 'int2' THEN 16 WHEN 'int4' THEN 32 WHEN 'int8' THEN 64
            WHEN 'numeric' THEN ((atttypmod - 4) >> 16) & 65535 END::integer AS numeric_precision,
        CASE typname WHEN 'numeric' THEN 10 WHEN 'int2' THEN 2 WHEN 'int4' THEN 2 WHEN 'int8' THEN 2
            END::integer AS numeric_precision_radix,
        CASE WHEN typname = 'numeric' THEN (atttypmod - 4) & 65535 WHEN typname LIKE 'int_' THEN 0
            END::integer AS numeric_scale,
        CASE WHEN typname LIKE 'timestamp%' THEN 6 END::integer AS datetime_precision,
        col_description(oid, attnum)::varchar(256) AS remarks
    FROM pg_double.attributes;

CREATE VIEW pg_catalog.svv_redshift_columns AS
    SELECT current_database()::varchar(128) AS database_name, nspname::varchar(128) AS schema_name,
        relname::varchar(128) AS table_name, attname::varchar(128) AS column_name,
        attnum::integer AS ordinal_position, shown::varchar(128) AS data_type,
        fallback::varchar(4000) AS column_default,
        (CASE WHEN attnotnull THEN 'NO' ELSE 'YES' END)::varchar(3) AS is_nullable,
        encoding::varchar(128) AS encoding, coalesce(distkey, false) AS distkey,
        coalesce(sortkey, 0)::integer AS sortkey, NULL::varchar(128) AS column_acl,
        col_description(oid, attnum)::varchar(256) AS remarks
    FROM pg_double.attributes;

-- Only what the search path reaches, as in Redshift.
CREATE VIEW pg_catalog.pg_table_def AS
    SELECT nspname AS schemaname, relname AS tablename, attname AS "column", shown AS type,
        encoding::char(32) AS encoding, coalesce(distkey, false) AS distkey,
        coalesce(sortkey, 0)::integer AS sortkey, attnotnull AS "notnull"
    FROM pg_double.attributes WHERE relkind = 'r' AND pg_table_is_visible(oid);

-- Empty tables are not in it, as in Redshift.
CREATE VIEW pg_catalog.svv_table_info AS
    SELECT current_database() AS database, nspname AS schema, oid AS table_id, relname AS "table",
        (CASE WHEN encodings > 0 THEN 'Y' ELSE 'Y, AUTO(ENCODE)' END) AS encoded,
        (CASE diststyle WHEN 'KEY' THEN 'KEY(' || dist || ')' WHEN 'AUTO' THEN 'AUTO(ALL)'
            ELSE diststyle END) AS diststyle,
        CASE sortstyle WHEN 'INTERLEAVED' THEN 'INTERLEAVED' WHEN 'COMPOUND' THEN sort
            ELSE 'AUTO(SORTKEY)' END AS sortkey1,
        largest AS max_varchar, 'none'::char(32) AS sortkey1_enc, sorts::integer AS sortkey_num,
        greatest(1, pg_total_relation_size(oid) >> 20) AS size, 0::numeric(10, 4) AS pct_used,
        0::bigint AS empty,
        CASE WHEN sorts > 0 THEN round(100 * greatest(0, counted - sorted_rows) / counted::numeric, 2) END::numeric(5, 2) AS unsorted,
        round(least(100, 100 * abs(counted - analyzed_rows) / counted::numeric), 2)::numeric(5, 2) AS stats_off,
        counted::numeric(38, 0) AS tbl_rows, NULL::numeric(19, 2) AS skew_sortkey1,
        1::numeric(19, 2) AS skew_rows, counted::numeric(38, 0) AS estimated_visible_rows,
        NULL::text AS risk_event, NULL::numeric(12, 2) AS vacuum_sort_benefit, made_at AS create_time
    FROM (
        SELECT r.*, t.diststyle, t.sortstyle, t.made_at,
            pg_double.marked('analyzed', r.oid) AS analyzed_rows,
            pg_double.marked('sorted', r.oid) AS sorted_rows,
            pg_double.row_count(r.oid) AS counted, d.*
        FROM pg_double.relations r JOIN pg_double.tables t ON t.relid = r.oid,
        LATERAL (
            SELECT max(attname::text) FILTER (WHERE distkey) AS dist,
                max(attname::text) FILTER (WHERE abs(sortkey) = 1) AS sort,
                count(*) FILTER (WHERE sortkey <> 0) AS sorts, count(p.encoding) AS encodings,
                max(a.atttypmod - 4) FILTER (WHERE a.atttypid = 'varchar'::regtype) AS largest
            FROM pg_double.columns p JOIN pg_attribute a ON a.attrelid = p.relid AND a.attnum = p.attnum
            WHERE p.relid = r.oid
        ) d
    ) counted_tables WHERE counted > 0;

CREATE FUNCTION pg_double.identity_type(who oid) RETURNS text STABLE LANGUAGE sql AS $$
    SELECT CASE WHEN who = 0 THEN 'public'
        WHEN EXISTS (SELECT FROM pg_double.groups g JOIN pg_roles r ON r.rolname = g.name WHERE r.oid = who) THEN 'group'
        WHEN (SELECT rolcanlogin FROM pg_roles WHERE oid = who) THEN 'user' ELSE 'role' END $$;

-- What was granted on the object itself; scoped permissions are in svv_schema_privileges.
CREATE VIEW pg_catalog.svv_relation_privileges AS
    SELECT r.nspname::text AS namespace_name, r.relname::text AS relation_name, a.privilege_type,
        a.grantee::integer AS identity_id, coalesce(g.rolname, 'public')::text AS identity_name,
        pg_double.identity_type(a.grantee) AS identity_type, a.is_grantable AS admin_option
    FROM pg_double.relations r, aclexplode(r.relacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
    WHERE a.grantee <> r.relowner AND r.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT EXISTS (
        SELECT FROM pg_double.scoped s
        WHERE s.namespace = r.nspname AND s.privilege = a.privilege_type AND s.grantee = g.rolname
    );
CREATE VIEW pg_catalog.svv_schema_privileges AS
    SELECT n.nspname::text AS namespace_name, a.privilege_type, a.grantee::integer AS identity_id,
        coalesce(g.rolname, 'public')::text AS identity_name,
        pg_double.identity_type(a.grantee) AS identity_type, a.is_grantable AS admin_option,
        'SCHEMA' AS privilege_scope
    FROM pg_namespace n, aclexplode(n.nspacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
    WHERE a.grantee <> n.nspowner AND n.nspname NOT IN ('pg_double', 'pg_catalog', 'information_schema')
    UNION ALL
    SELECT DISTINCT s.namespace, s.privilege, r.oid::integer, s.grantee, pg_double.identity_type(r.oid), false, 'TABLES'
    FROM pg_double.scoped s JOIN pg_roles r ON r.rolname = s.grantee;
CREATE VIEW pg_catalog.svv_roles AS
    SELECT oid::integer AS role_id, rolname::text AS role_name, NULL::text AS role_owner
    FROM pg_roles WHERE NOT rolcanlogin AND rolname NOT LIKE 'pg_%';

CREATE VIEW pg_catalog.svv_redshift_databases AS
    SELECT datname::varchar(128) AS database_name, datdba::integer AS database_owner,
        'local'::varchar(32) AS database_type, NULL::varchar(128) AS database_acl,
        NULL::varchar(128) AS database_options,
        (CASE WHEN 'default_transaction_isolation=serializable' = ANY (s.setconfig)
            THEN 'Serializable' ELSE 'Snapshot Isolation' END)::varchar(128) AS database_isolation_level
    FROM pg_database d LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0
    WHERE NOT datistemplate;
CREATE VIEW pg_catalog.stv_db_isolation_level AS
    SELECT database_name AS db_name, database_isolation_level AS isolation_level
    FROM pg_catalog.svv_redshift_databases;

CREATE VIEW pg_catalog.sys_query_history AS
    SELECT u.oid::integer AS user_id, query_id, query_label::varchar(320), query_id AS transaction_id,
        session_id, current_database()::varchar(128) AS database_name, query_type, status,
        false AS result_cache_hit, start_time,
        start_time + elapsed_time * interval '1 microsecond' AS end_time, elapsed_time,
        0::bigint AS queue_time, elapsed_time AS execution_time, error_message, returned_rows,
        returned_bytes, left(query_text, 4000) AS query_text, '8.0.2'::varchar(256) AS redshift_version,
        'default'::varchar(16) AS usage_limit, 'primary'::varchar(20) AS compute_type,
        0::bigint AS compile_time, 0::bigint AS planning_time, 0::bigint AS lock_wait_time
    FROM pg_double.queries q JOIN pg_roles u ON u.rolname = q.user_name
    WHERE user_name = current_user OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
CREATE VIEW pg_catalog.stl_query AS
    SELECT user_id AS userid, query_id AS query, left(query_label, 30)::varchar(30) AS label,
        session_id AS pid, database_name AS database, query_text AS querytxt,
        start_time AS starttime, end_time AS endtime, (status <> 'success')::integer AS aborted
    FROM pg_catalog.sys_query_history;
CREATE VIEW pg_catalog.sys_load_history AS
    SELECT u.oid::integer AS user_id, query_id, query_id AS transaction_id, session_id,
        current_database()::text AS database_name, status, table_name, start_time,
        start_time + duration * interval '1 microsecond' AS end_time, duration, data_source,
        'parquet' AS file_format, loaded_rows, loaded_bytes,
        source_file_count::integer AS source_file_count, source_file_bytes,
        source_file_count::integer AS file_count_scanned, source_file_bytes AS file_bytes_scanned,
        (status = 'aborted')::integer::bigint AS error_count, 0::bigint AS copy_job_id
    FROM pg_double.loads q JOIN pg_roles u ON u.rolname = q.user_name
    WHERE user_name = current_user OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
CREATE VIEW pg_catalog.sys_load_error_detail AS
    SELECT u.oid::integer AS user_id, query_id, query_id AS transaction_id, session_id,
        current_database()::char(64) AS database_name, table_id::integer AS table_id, start_time,
        file_name::char(256) AS file_name, -1::bigint AS line_number,
        column_name::char(127) AS column_name, left(column_type, 10)::char(10) AS column_type,
        coalesce(column_length::text, '')::char(10) AS column_length, position, error_code,
        error_message::char(512) AS error_message
    FROM pg_double.load_errors q JOIN pg_roles u ON u.rolname = q.user_name
    WHERE user_name = current_user OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
CREATE VIEW pg_catalog.stl_load_errors AS
    SELECT u.oid::integer AS userid, 0 AS slice, table_id::integer AS tbl, start_time AS starttime,
        session_id AS session, query_id::integer AS query, file_name::char(256) AS filename,
        -1::bigint AS line_number, column_name::char(127) AS colname, left(column_type, 10)::char(10) AS type,
        coalesce(column_length::text, '')::char(10) AS col_length, position,
        ''::char(1024) AS raw_line, left(value, 1024)::char(1024) AS raw_field_value,
        error_code AS err_code, left(error_message, 100)::char(100) AS err_reason, 0 AS is_partial,
        0 AS start_offset, 0::bigint AS copy_job_id
    FROM pg_double.load_errors q JOIN pg_roles u ON u.rolname = q.user_name
    WHERE user_name = current_user OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);

CREATE VIEW pg_catalog.stv_slices AS
    SELECT slice / 2 AS node, slice, slice % 2 AS localslice, 'D'::char(1) AS type
    FROM generate_series(0, 3) slice;
CREATE VIEW pg_catalog.sys_serverless_usage AS
    SELECT date_trunc('minute', start_time) AS start_time,
        date_trunc('minute', start_time) + interval '1 minute' AS end_time,
        sum(ceil(elapsed_time / 1e6) * 8)::double precision AS compute_seconds,
        8::double precision AS compute_capacity, 1::bigint AS data_storage,
        0::bigint AS cross_region_transferred_data,
        greatest(480, sum(ceil(elapsed_time / 1e6) * 8))::bigint AS charged_seconds
    FROM pg_double.queries GROUP BY 1;

CREATE FUNCTION pg_double.become_serverless() RETURNS void LANGUAGE plpgsql AS $$
DECLARE one text; BEGIN
    FOR one IN SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace
        AND relkind = 'v' AND relname ~ '^(stl|stv)_' LOOP
        EXECUTE format('REVOKE SELECT ON pg_catalog.%I FROM PUBLIC', one);
    END LOOP;
END $$;

DO $$ DECLARE one text; BEGIN
    FOR one IN SELECT relname FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace
        AND relkind = 'v' AND relname ~ '^(svv|sys|stl|stv)_|^pg_table_def$' LOOP
        EXECUTE format('GRANT SELECT ON pg_catalog.%I TO PUBLIC', one);
    END LOOP;
END $$;
