mock_provider "aws" {}

variables {
  cell = {
    name       = "darasa-production-eu"
    env        = "production"
    zone       = "eu"
    region     = "eu-central-1"
    account_id = "111111111102"
  }
  availability_zones = ["eu-central-1a", "eu-central-1b"]
  kms_key_arn        = "arn:aws:kms:eu-central-1:111111111102:key/1"
}

run "two_of_everything" {
  command = plan
  assert {
    condition     = length(aws_subnet.public) == 2 && length(aws_subnet.private) == 2 && length(aws_nat_gateway.this) == 2
    error_message = "One availability zone alone would be one point of failure."
  }
  assert {
    condition     = alltrue([for subnet in aws_subnet.private : subnet.map_public_ip_on_launch != true])
    error_message = "A private subnet gives no public addresses."
  }
  assert {
    condition     = jsondecode(aws_vpc_endpoint.s3.policy).Statement[0].Condition.StringEquals["s3:ResourceAccount"] == "111111111102"
    error_message = "The door to the store leads to other accounts' buckets."
  }
  assert {
    condition     = aws_flow_log.this.traffic_type == "ALL"
    error_message = "Who was refused is worth knowing too."
  }
}

run "one_availability_zone" {
  command = plan
  variables {
    availability_zones = ["eu-central-1a"]
  }
  expect_failures = [var.availability_zones]
}
