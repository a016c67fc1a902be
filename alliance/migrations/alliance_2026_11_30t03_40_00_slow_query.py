from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import BigSerial, Integer, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-30T03:40:00:000038"
VERSION = "1.38.0"
DESCRIPTION = "slow statements"


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="alliance", description=DESCRIPTION)

    manager.add_table(class_name='SlowQuery', tablename='slow_query', schema=None, columns=None)

    manager.add_column(table_class_name='SlowQuery', tablename='slow_query', column_name='id', db_column_name='id', column_class_name='BigSerial', column_class=BigSerial, params={'null': False, 'primary_key': True, 'unique': False, 'index': False, 'index_method': IndexMethod.btree, 'choices': None, 'db_column_name': None, 'default': None, 'secret': False}, schema=None)

    manager.add_column(table_class_name='SlowQuery', tablename='slow_query', column_name='at', db_column_name='at', column_class_name='Timestamptz', column_class=Timestamptz, params={'default': TimestamptzNow(), 'null': False, 'primary_key': False, 'unique': False, 'index': True, 'index_method': IndexMethod.btree, 'choices': None, 'db_column_name': None, 'secret': False}, schema=None)

    manager.add_column(table_class_name='SlowQuery', tablename='slow_query', column_name='words', db_column_name='words', column_class_name='Varchar', column_class=Varchar, params={'length': 200, 'default': None, 'null': False, 'primary_key': False, 'unique': False, 'index': False, 'index_method': IndexMethod.btree, 'choices': None, 'db_column_name': None, 'secret': False}, schema=None)

    manager.add_column(table_class_name='SlowQuery', tablename='slow_query', column_name='ms', db_column_name='ms', column_class_name='Integer', column_class=Integer, params={'default': None, 'null': False, 'primary_key': False, 'unique': False, 'index': False, 'index_method': IndexMethod.btree, 'choices': None, 'db_column_name': None, 'secret': False}, schema=None)

    manager.add_column(table_class_name='SlowQuery', tablename='slow_query', column_name='request', db_column_name='request', column_class_name='Varchar', column_class=Varchar, params={'length': 64, 'default': None, 'null': True, 'primary_key': False, 'unique': False, 'index': False, 'index_method': IndexMethod.btree, 'choices': None, 'db_column_name': None, 'secret': False}, schema=None)

    return manager
