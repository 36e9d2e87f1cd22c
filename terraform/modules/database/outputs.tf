output "identifier" {
  value = aws_db_instance.this.identifier
}

output "address" {
  value = aws_db_instance.this.address
}

output "secret_arn" {
  description = "Where RDS keeps the password."
  value       = try(aws_db_instance.this.master_user_secret[0].secret_arn, "")
}
