"""The toolbox every service is built with."""
