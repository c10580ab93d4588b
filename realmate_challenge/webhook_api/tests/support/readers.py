"""Users with the right to read, and their tokens."""

from django.contrib.auth.models import Permission, User
from knox.models import AuthToken


def reader(name: str = 'ana') -> User:
    """Return a new user with the right to read conversations, and no other."""
    user = User.objects.create_user(name)
    user.user_permissions.add(Permission.objects.get(codename='view_conversation'))
    return user


def key_of(user: User) -> str:
    """Return the key of a new token."""
    key: str = AuthToken.objects.create(user)[1]
    return key
