"""python -m crm_notifications api|worker|all|migrate|contracts"""

from crm_shared import program

if __name__ == "__main__":
    program.main("crm_notifications")
