// Holds the write lock of a SQLite file until its input ends. In a process of its own, and by
// the SQLite of Node 22 and newer, whichever Node is being tested.
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';

const database = new DatabaseSync(process.argv[2]);
database.exec('BEGIN IMMEDIATE');
console.log('held');
process.stdin.resume();
process.stdin.once('end', () => {
  database.exec('ROLLBACK');
  database.close();
});
