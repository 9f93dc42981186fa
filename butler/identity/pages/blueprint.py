"""The one blueprint all pages of identity hang on."""

from flask import Blueprint

pages = Blueprint("identity_pages", "butler.identity", template_folder="templates")
