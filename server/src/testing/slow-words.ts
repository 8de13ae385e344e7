import pg from 'pg'

/** From now on, looking for words in this database takes longer than anybody waits. */
export async function slowWords(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, options: '-c role=docket_owner -c search_path=docket' })
  await client.connect()
  // The owner of a schema may drop what is in it, whosever it is.
  await client.query(
    `drop function items_found(tsquery, text);
     create function items_found(words tsquery, exact text) returns setof uuid language plpgsql as $$ begin perform pg_sleep(60); end $$`,
  )
  await client.end()
}
