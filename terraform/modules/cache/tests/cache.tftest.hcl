mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  vpc_id                    = "vpc-1"
  subnet_ids                = ["subnet-1", "subnet-2"]
  kms_key_arn               = "arn:aws:kms:eu-central-1:111111111102:key/1"
  client_security_group_ids = { app = "sg-1", workers = "sg-2" }
}

run "two_and_sealed" {
  command = plan
  assert {
    condition     = toset(keys(aws_elasticache_replication_group.this)) == toset(["broker", "channels"])
    error_message = "The doorbell and what may be forgotten are two."
  }
  assert {
    condition     = alltrue([for group in aws_elasticache_replication_group.this : group.transit_encryption_enabled && tobool(group.at_rest_encryption_enabled) && group.automatic_failover_enabled && group.auth_token == null])
    error_message = "Not sealed, alone, or with a password in the state."
  }
  assert {
    condition     = one(aws_elasticache_parameter_group.this["broker"].parameter).value == "noeviction"
    error_message = "The broker would forget tasks."
  }
  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.clients : rule.cidr_ipv4 == null])
    error_message = "Only kinds of machines that are named may ask."
  }
}
