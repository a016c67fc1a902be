from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import UUID, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-30T03:00:00:000036"
VERSION = "1.38.0"
DESCRIPTION = "worker beat"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    manager.add_table(class_name='WorkerBeat', tablename='worker_beat', schema=None, columns=None)

    manager.add_column(table_class_name='WorkerBeat', tablename='worker_beat', column_name='worker', db_column_name='worker', column_class_name='UUID', column_class=UUID, params={'default': UUID4(), 'null': False, 'primary_key': True, 'unique': False, 'index': False, 'index_method': IndexMethod.btree, 'choices': None, 'db_column_name': None, 'secret': False}, schema=None)

    manager.add_column(table_class_name='WorkerBeat', tablename='worker_beat', column_name='host', db_column_name='host', column_class_name='Varchar', column_class=Varchar, params={'length': 120, 'default': None, 'null': False, 'primary_key': False, 'unique': False, 'index': False, 'index_method': IndexMethod.btree, 'choices': None, 'db_column_name': None, 'secret': False}, schema=None)

    manager.add_column(table_class_name='WorkerBeat', tablename='worker_beat', column_name='started', db_column_name='started', column_class_name='Timestamptz', column_class=Timestamptz, params={'default': TimestamptzNow(), 'null': False, 'primary_key': False, 'unique': False, 'index': False, 'index_method': IndexMethod.btree, 'choices': None, 'db_column_name': None, 'secret': False}, schema=None)

    manager.add_column(table_class_name='WorkerBeat', tablename='worker_beat', column_name='seen', db_column_name='seen', column_class_name='Timestamptz', column_class=Timestamptz, params={'default': TimestamptzNow(), 'null': False, 'primary_key': False, 'unique': False, 'index': True, 'index_method': IndexMethod.btree, 'choices': None, 'db_column_name': None, 'secret': False}, schema=None)

    return manager
