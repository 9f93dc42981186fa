"""The one blueprint all views of identity's API hang on."""

from butler.web.openapi import Blueprint

api = Blueprint("identity", "butler.identity", description="登录、退出、我是谁；人员和任命")
